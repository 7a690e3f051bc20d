/** A served file opened for reading, whether it is text in memory or a file on the disk. */
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ServedFile } from "./contract.ts";

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
  const handle = await open(file.path, "r");
  const { size } = await handle.stat();
  const read = async (position: number, length: number): Promise<Buffer> => {
    const wanted = Math.max(0, Math.min(length, size - position));
    const bytes = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await handle.read(bytes, filled, wanted - filled, position + filled);
      if (bytesRead === 0) throw new Error(`${file.path} became shorter than ${size} bytes while it was sent`);
      filled += bytesRead;
    }
    return bytes;
  };
  return {
    size,
    read,
    stream: (first, last) => Readable.from(pieces(read, first, last), STREAM),
    close: () => handle.close(),
  };
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
