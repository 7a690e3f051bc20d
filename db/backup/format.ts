/**
 * The form of a backup: gzip'd lines of JSON. First a header, then for each table a line with its columns and one line a
 * row, at the end the counts and a checksum (SHA-256 of every line before, with its line feed). `zcat` shows it.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";

export const FORMAT = 1;

export interface Header {
  readonly ferric_backup: number;
  /** ISO 8601, UTC. */
  readonly made_at: string;
  /** Migrations of the database, as "5 node-versions". */
  readonly schema: readonly string[];
  /** Kind of the database it was read from. */
  readonly database: string;
}

export interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface EndLine {
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
}

const CHUNK_CHARS = 1_000_000;

/**
 * Writes lines as they come, synchronously and in bounded memory: a unit of work may await nothing. Each chunk is a gzip
 * member of its own; members one after the other are a gzip file again (RFC 1952, section 2.2).
 */
export class BackupWriter implements Disposable {
  readonly #file: number;
  #hash = createHash("sha256");
  #lines: string[] = [];
  #chars = 0;

  /** For its owner only: it holds the credentials of all machines. @throws Error when the file is there already */
  constructor(path: string) {
    this.#file = openSync(path, "wx", 0o600);
  }

  /** From the beginning: a database that has to read anew does so at another moment. */
  restart(): void {
    ftruncateSync(this.#file, 0);
    this.#hash = createHash("sha256");
    this.#lines = [];
    this.#chars = 0;
  }

  line(value: unknown): void {
    const text = `${JSON.stringify(value)}\n`;
    this.#hash.update(text);
    this.#lines.push(text);
    this.#chars += text.length;
    if (this.#chars >= CHUNK_CHARS) this.#flush();
  }

  end(rows: EndLine["rows"]): void {
    this.line({ end: { rows, sha256: this.#hash.copy().digest("hex") } satisfies EndLine });
    this.#flush();
    fsyncSync(this.#file);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #flush(): void {
    const packed = gzipSync(this.#lines.join(""));
    // Appended after a restart too: the file's end is where it was cut.
    for (let at = 0; at < packed.length; ) at += writeSync(this.#file, packed, at, packed.length - at);
    this.#lines = [];
    this.#chars = 0;
  }
}
