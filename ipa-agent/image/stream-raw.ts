/**
 * A raw image goes to the disk while it arrives and is hashed on the way. Nothing is written before its size and its
 * first bytes are known to be right; when anything fails after that, the partition tables are wiped, so that the disk
 * cannot boot half an image or a wrong one.
 */
import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { openForWriting } from "../disk/device-io.ts";
import { DiskFull, DiskWriter } from "../disk/disk-writer.ts";
import { wipeTables } from "../disk/wipe.ts";
import { AgentError, imageChecksumError, imageRefused, imageWriteError, reasonText } from "../errors.ts";
import { type DownloadSink, download } from "./download.ts";
import { type Checksum, type Image, PLAIN_FORMATS } from "./image-info.ts";
import { SNIFF_BYTES, sniffFormat } from "./sniff.ts";
import { downloadOptions, type WriteContext } from "./write-context.ts";

/** Thrown before anything is written when an image without a named format turns out to be of another kind. */
export class NotRaw extends Error {
  readonly format: string;

  constructor(format: string) {
    super(`the image is ${format}`);
    this.format = format;
  }
}

export interface RawRules {
  /** The first bytes are looked at (the service's disable_deep_image_inspection switches that off). */
  readonly inspect: boolean;
}

/** Bytes written. */
export async function streamRaw(
  image: Image,
  checksum: Checksum,
  context: WriteContext,
  rules: RawRules,
): Promise<number> {
  const { device } = context;
  // Before the download: a disk in use is refused at once.
  const file = await openForWriting(device);
  const sink = new RawSink(image, checksum, file, context, rules);
  try {
    const bytes = await download(downloadOptions(image, context), sink);
    await sink.finish(bytes);
    return bytes;
  } catch (error) {
    await sink.abandon();
    if (!sink.touched) throw error;
    await file.close();
    await wipeAfterFailure(context, error);
    throw error instanceof AgentError ? error : imageWriteError(`${device.path}: ${reasonText(error)}`, error);
  } finally {
    await file.close().catch(() => undefined);
  }
}

async function wipeAfterFailure(context: WriteContext, cause: unknown): Promise<void> {
  const { device } = context;
  context.progress.stage("image.wiped", `partition tables of ${device.path} are wiped: ${reasonText(cause)}`);
  try {
    await wipeTables(device);
  } catch (error) {
    throw imageWriteError(
      `${reasonText(cause)}; and the partition tables of ${device.path} could not be wiped: ${reasonText(error)}; do not boot this disk`,
    );
  }
}

class RawSink implements DownloadSink {
  readonly #image: Image;
  readonly #checksum: Checksum;
  readonly #file: FileHandle;
  readonly #context: WriteContext;
  readonly #rules: RawRules;
  #discarded = false;
  #hash: Hash;
  #writer: DiskWriter;
  #total: number | null = null;
  /** The beginning, held back until it has been looked at. */
  #head: Buffer[] | null = [];
  #headSize = 0;
  touched = false;

  constructor(image: Image, checksum: Checksum, file: FileHandle, context: WriteContext, rules: RawRules) {
    this.#image = image;
    this.#checksum = checksum;
    this.#file = file;
    this.#context = context;
    this.#rules = rules;
    this.#hash = createHash(checksum.algorithm);
    this.#writer = this.#newWriter();
  }

  async start(total: number | null): Promise<void> {
    const { device } = this.#context;
    if (total !== null && total > device.size) {
      throw imageRefused(
        `${this.#image.id} has ${total} bytes but the disk ${device.path} only ${device.size}; choose a larger disk by a root device hint or a smaller image`,
      );
    }
    await this.#writer.abandon();
    this.#hash = createHash(this.#checksum.algorithm);
    this.#writer = this.#newWriter();
    this.#total = total;
    this.#head = [];
    this.#headSize = 0;
  }

  async data(chunk: Buffer): Promise<void> {
    this.#hash.update(chunk);
    if (this.#head === null) {
      await this.#put(chunk);
      return;
    }
    this.#head.push(chunk);
    this.#headSize += chunk.length;
    if (this.#headSize >= SNIFF_BYTES) await this.#releaseHead();
  }

  async finish(bytes: number): Promise<void> {
    if (this.#head !== null) await this.#releaseHead();
    this.#context.progress.stage("image.sync", `${bytes} bytes have arrived, the disk takes the rest`);
    await this.#writer.finish();
    const digest = this.#hash.digest("hex");
    if (digest !== this.#checksum.value) throw mismatch(this.#image, this.#checksum, digest, bytes);
    this.#context.progress.bytes("image.write", bytes, bytes);
  }

  async abandon(): Promise<void> {
    await this.#writer.abandon();
  }

  async #releaseHead(): Promise<void> {
    const head = Buffer.concat(this.#head ?? []);
    this.#head = null;
    const found = sniffFormat(head);
    if (this.#rules.inspect && !PLAIN_FORMATS.has(found)) {
      if (this.#image.format === null) throw new NotRaw(found);
      throw imageRefused(
        `${this.#image.id} is said to be ${this.#image.format} but is ${found}; correct image_disk_format`,
      );
    }
    if (!this.touched && this.#context.parameters.discardBeforeWrite) {
      this.touched = true;
      this.#discarded = await this.#context.device.discard(this.#context.signal);
      this.#writer = this.#newWriter();
    }
    await this.#put(head);
  }

  async #put(chunk: Buffer): Promise<void> {
    this.touched = true;
    try {
      await this.#writer.write(chunk);
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error;
      throw imageRefused(`${this.#image.id} has ${error.message}; the server had not told its size`);
    }
  }

  #newWriter(): DiskWriter {
    return new DiskWriter(this.#file, {
      size: this.#context.device.size,
      discarded: this.#discarded,
      onWritten: (bytes) => {
        // The last piece is only told when the checksum holds.
        if (bytes !== this.#total) this.#context.progress.bytes("image.write", bytes, this.#total);
      },
    });
  }
}

export function mismatch(image: Image, checksum: Checksum, digest: string, bytes: number): AgentError {
  return imageChecksumError(
    `${image.id} (${bytes} bytes) has ${checksum.algorithm} ${digest}, expected ${checksum.value}; the image or image_os_hash_value is wrong`,
  );
}
