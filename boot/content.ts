/** A served file opened for reading, whether it is text in memory, a file on the disk, or pieces of both. */
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import type { FilePart, ServedFile } from "./contract.ts";

export interface Content {
  readonly size: number;
  /** At most `length` bytes from `position`; fewer only at the end. @throws Error when the file has become shorter */
  read(position: number, length: number): Promise<Buffer>;
  /** Bytes `first` to `last`, inclusive; fails when the file has become shorter. */
  stream(first: number, last: number): Readable;
  close(): Promise<void>;
}

const CHUNK = 262_144;

export async function openContent(file: ServedFile): Promise<Content> {
  if (file.kind === "text") return contentOfText(Buffer.from(file.text));
  if (file.kind === "parts") return contentOfParts(file.parts);
  const handle = await open(file.path, "r");
  const { size } = await handle.stat();
  const read = (position: number, length: number): Promise<Buffer> =>
    readWhole(handle, file.path, position, Math.max(0, Math.min(length, size - position)));
  return {
    size,
    read,
    stream: (first, last) => Readable.from(pieces(read, first, last), STREAM),
    close: () => handle.close(),
  };
}

async function readWhole(handle: FileHandle, path: string, position: number, wanted: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(wanted);
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await handle.read(bytes, filled, wanted - filled, position + filled);
    if (bytesRead === 0) throw new Error(`${path} became shorter than ${position + wanted} bytes while it was sent`);
    filled += bytesRead;
  }
  return bytes;
}

interface OpenPart {
  readonly at: number;
  readonly length: number;
  read(position: number, length: number): Promise<Buffer>;
}

async function contentOfParts(parts: readonly FilePart[]): Promise<Content> {
  const handles: FileHandle[] = [];
  const close = async () => {
    await Promise.all(handles.map((handle) => handle.close()));
  };
  try {
    let size = 0;
    const opened: OpenPart[] = [];
    for (const part of parts) {
      const length = part.kind === "bytes" ? part.bytes.length : part.length;
      opened.push({ at: size, length, read: await reader(part, handles) });
      size += length;
    }
    const read = (position: number, length: number) => readAcross(opened, position, Math.min(length, size - position));
    return { size, read, stream: (first, last) => Readable.from(pieces(read, first, last), STREAM), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function reader(part: FilePart, handles: FileHandle[]): Promise<OpenPart["read"]> {
  if (part.kind === "bytes") return async (position, length) => part.bytes.subarray(position, position + length);
  const handle = await open(part.path, "r");
  handles.push(handle);
  return (position, length) => readWhole(handle, part.path, position, length);
}

async function readAcross(parts: readonly OpenPart[], position: number, length: number): Promise<Buffer> {
  const end = position + Math.max(0, length);
  const touched = parts.filter((part) => part.at < end && part.at + part.length > position);
  const found = touched.map((part) => {
    const from = Math.max(position, part.at);
    return part.read(from - part.at, Math.min(end, part.at + part.length) - from);
  });
  return Buffer.concat(await Promise.all(found));
}

const STREAM = { objectMode: false, highWaterMark: CHUNK };

async function* pieces(read: Content["read"], first: number, last: number): AsyncGenerator<Buffer> {
  for (let at = first; at <= last; at += CHUNK) yield await read(at, Math.min(CHUNK, last - at + 1));
}

function contentOfText(bytes: Buffer): Content {
  return {
    size: bytes.length,
    read: async (position, length) => bytes.subarray(position, position + length),
    stream: (first, last) => Readable.from([bytes.subarray(first, last + 1)], STREAM),
    close: async () => {},
  };
}
