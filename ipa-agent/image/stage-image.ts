/** Keeps an image in memory: refused before anything is written when it does not fit, hashed while it arrives. */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeRange } from "../disk/device-io.ts";
import { imageRefused } from "../errors.ts";
import { type DownloadSink, download } from "./download.ts";
import type { Checksum, Image } from "./image-info.ts";
import { mismatch } from "./stream-raw.ts";
import { downloadOptions, type WriteContext } from "./write-context.ts";

export interface StagedImage extends AsyncDisposable {
  readonly path: string;
  readonly bytes: number;
}

const MEBIBYTE = 1024 * 1024;

/** The file goes away when the result is disposed of. Throws ImageDownloadError, ImageChecksumError, InvalidImage. */
export async function stageImage(image: Image, checksum: Checksum, context: WriteContext): Promise<StagedImage> {
  const folder = context.parameters.imageFolder;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "image");
  await rm(path, { force: true });
  const file = await open(path, "wx+", 0o600);
  const sink = new StageSink(image, checksum, file, context, await context.availableMemory());
  const remove = () => rm(path, { force: true });
  try {
    const bytes = await download(downloadOptions(image, context), sink);
    sink.check(bytes);
    return { path, bytes, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    await file.close();
  }
}

class StageSink implements DownloadSink {
  readonly #image: Image;
  readonly #checksum: Checksum;
  readonly #file: FileHandle;
  readonly #context: WriteContext;
  readonly #room: number;
  #hash: Hash;
  #total: number | null = null;
  #position = 0;

  constructor(image: Image, checksum: Checksum, file: FileHandle, context: WriteContext, room: number) {
    this.#image = image;
    this.#checksum = checksum;
    this.#file = file;
    this.#context = context;
    this.#room = room;
    this.#hash = createHash(checksum.algorithm);
  }

  async start(total: number | null): Promise<void> {
    if (total !== null) this.#fits(total);
    await this.#file.truncate(0);
    this.#hash = createHash(this.#checksum.algorithm);
    this.#total = total;
    this.#position = 0;
  }

  async data(chunk: Buffer): Promise<void> {
    this.#fits(this.#position + chunk.length);
    this.#hash.update(chunk);
    await writeRange(this.#file, chunk, this.#position);
    this.#position += chunk.length;
    this.#context.progress.bytes("image.download", this.#position, this.#total);
  }

  check(bytes: number): void {
    const digest = this.#hash.digest("hex");
    if (digest !== this.#checksum.value) throw mismatch(this.#image, this.#checksum, digest, bytes);
  }

  #fits(bytes: number): void {
    if (bytes <= this.#room) return;
    const mib = (value: number) => `${Math.ceil(value / MEBIBYTE)} MiB`;
    throw imageRefused(
      `${this.#image.id} needs ${mib(bytes)} or more of memory while it is converted but this machine has ${mib(this.#room)} to give; ` +
        "use a raw image, which is streamed ([agent]stream_raw_images), a smaller one, or more memory",
    );
  }
}
