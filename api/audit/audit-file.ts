/**
 * An audit file that only this process appends to. A line is written whole or the next one begins behind what came of it;
 * a file that was moved away is followed by a new one in the same chain. Lines are written synchronously: they are there
 * when the request goes on, and a killed process loses none.
 */
import { closeSync, fdatasync, fstatSync, mkdirSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { chained, GENESIS, hashOf } from "../../common/audit/chain.ts";
import { AuditFileUnusable } from "../../common/errors/audit.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";

/** No line is longer; see describe.ts for what bounds its fields. */
const LONGEST_LINE = 64 * 1024;
/** How often it is looked whether the file was moved away, and flushed. */
const LOOK_MS = 1000;

export type Fsync = "interval" | "always" | "never";

export class AuditFile implements Disposable {
  readonly path: string;
  readonly #fsync: Fsync;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #file: number | null = null;
  /** Hash of the last line; null until a file has been opened. */
  #head: string | null = null;
  /** The file ends within a line. */
  #isCut = false;
  #lookedAt = 0;
  #isDirty = false;
  #flushing: Promise<void> | null = null;

  /** @throws AuditFileUnusable */
  constructor(path: string, fsync: Fsync, log: Logger) {
    this.path = path;
    this.#fsync = fsync;
    this.#log = log;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      this.#open();
    } catch (error) {
      throw AuditFileUnusable({ path, reason: reasonOf(error) }, error);
    }
    this.#timer = setInterval(() => this.#flushNow(), LOOK_MS);
    this.#timer.unref();
  }

  /** Hash of the last line. */
  get head(): string {
    return this.#head ?? GENESIS;
  }

  /** @throws Error of the system when the line could not be written; then a later one may be again */
  write(record: object): void {
    if (performance.now() - this.#lookedAt > LOOK_MS) this.#follow();
    const file = this.#file ?? this.#open();
    const line = chained(record, this.head);
    try {
      writeWhole(file, `${this.#isCut ? "\n" : ""}${line}\n`);
    } catch (error) {
      // What is in the file now is read anew before the next line.
      this.#close();
      throw error;
    }
    this.#isCut = false;
    this.#head = hashOf(line);
    this.#isDirty = true;
  }

  /** Resolves when the lines that were written are as lasting as [audit]fsync wants. @throws Error when they are not */
  async lasting(): Promise<void> {
    if (this.#fsync !== "always") return;
    // A flush under way may have begun before the line.
    await this.#flushing;
    await this.#flush();
  }

  /** Opens the file by its name again: for a rotation that has moved it. */
  reopen(): void {
    this.#close();
    this.#open();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#close();
  }

  /** The file of this name may have been moved away. */
  #follow(): void {
    this.#lookedAt = performance.now();
    const now = statSync(this.path, { throwIfNoEntry: false });
    const mine = this.#file === null ? null : fstatSync(this.#file);
    if (mine !== null && now?.ino === mine.ino && now.dev === mine.dev) return;
    this.#close();
  }

  #open(): number {
    const file = openSync(this.path, "a+", 0o640);
    const { size } = fstatSync(file);
    if (size > 0 || this.#head === null) this.#readEnd(file, size);
    this.#file = file;
    this.#lookedAt = performance.now();
    this.#log.info({ path: this.path, head: this.head }, "audit log opened");
    return file;
  }

  #readEnd(file: number, size: number): void {
    const length = Math.min(size, LONGEST_LINE);
    const end = Buffer.alloc(length);
    readSync(file, end, 0, length, size - length);
    this.#isCut = size > 0 && end.at(-1) !== 0x0a;
    const lines = end.subarray(0, this.#isCut ? length : Math.max(0, length - 1));
    this.#head = size === 0 ? GENESIS : hashOf(lines.subarray(lines.lastIndexOf(0x0a) + 1));
  }

  #flushNow(): void {
    if (this.#fsync !== "interval" || !this.#isDirty || this.#flushing !== null) return;
    this.#flush().catch((error) => this.#log.error({ reason: reasonOf(error) }, "the audit log could not be flushed"));
  }

  /** Those who ask while one is under way share the next. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#sync().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  #sync(): Promise<void> {
    const file = this.#file;
    this.#isDirty = false;
    if (file === null) return Promise.resolve();
    return new Promise((resolve, reject) => fdatasync(file, (error) => (error === null ? resolve() : reject(error))));
  }

  #close(): void {
    const file = this.#file;
    this.#file = null;
    if (file !== null) closeSync(file);
  }
}

/** @throws Error of the system; a part of the text may be in the file then */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
