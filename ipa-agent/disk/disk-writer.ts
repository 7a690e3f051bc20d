/**
 * Writes a stream to a disk in 4 MiB pieces: while one is being written the next is filled. Zeros are written like
 * all else, unless the disk was discarded and the very piece reads back as zeros.
 */
import type { FileHandle } from "node:fs/promises";
import { isZero, readRange, writeRange } from "./device-io.ts";

export interface DiskWriterOptions {
  /** Bytes the disk holds. */
  readonly size: number;
  /** All blocks were discarded just before. */
  readonly discarded: boolean;
  /** Called after each piece with the bytes that are through. */
  readonly onWritten?: (bytes: number) => void;
}

const PIECE = 4 * 1024 * 1024;
/** Dirty memory is handed to the disk on the way, so that the end does not wait for all of it. */
const FLUSH_EVERY = 128 * 1024 * 1024;

export class DiskFull extends Error {}

export class DiskWriter {
  readonly #file: FileHandle;
  readonly #options: DiskWriterOptions;
  #filling = Buffer.allocUnsafe(PIECE);
  #spare = Buffer.allocUnsafe(PIECE);
  #filled = 0;
  #position = 0;
  #flushedTo = 0;
  #skipped = 0;
  #busy: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, options: DiskWriterOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Bytes accepted so far. */
  get position(): number {
    return this.#position + this.#filled;
  }

  /** Bytes not written because they read back as zeros. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Throws DiskFull when the stream is longer than the disk. */
  async write(data: Buffer): Promise<void> {
    if (this.position + data.length > this.#options.size) {
      throw new DiskFull(`more than the ${this.#options.size} bytes of the disk`);
    }
    for (let from = 0; from < data.length; ) {
      const part = data.subarray(from, from + PIECE - this.#filled);
      part.copy(this.#filling, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === PIECE) await this.#handOver();
    }
  }

  /** Everything is on the disk when this resolves. */
  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#handOver();
    await this.#busy;
    await this.#file.sync();
  }

  /** Waits for a piece under way, whatever becomes of it: after that nothing is written any more. */
  async abandon(): Promise<void> {
    await this.#busy.catch(() => undefined);
  }

  async #handOver(): Promise<void> {
    await this.#busy;
    const piece = this.#filling.subarray(0, this.#filled);
    const position = this.#position;
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
    this.#position += this.#filled;
    this.#filled = 0;
    this.#busy = this.#put(piece, position);
    // The failure is met by the next await; unobserved until then it would end the process.
    this.#busy.catch(() => undefined);
  }

  async #put(piece: Buffer, position: number): Promise<void> {
    if (this.#options.discarded && isZero(piece) && isZero(await readRange(this.#file, position, piece.length))) {
      this.#skipped += piece.length;
    } else {
      await writeRange(this.#file, piece, position);
    }
    const through = position + piece.length;
    if (through - this.#flushedTo >= FLUSH_EVERY) {
      await this.#file.datasync();
      this.#flushedTo = through;
    }
    this.#options.onWritten?.(through);
  }
}
