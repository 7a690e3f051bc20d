/**
 * The form of an audit file: a JSON object a line, whose `prev` is the SHA-256 of the line before, as it stands in the
 * file. So a line that was changed, taken out or put in between is found; that the end was cut off is found only by who
 * has noted the last hash (`ferric audit verify --head`).
 */
import { hash } from "node:crypto";

/** The `prev` of a chain's first line. */
export const GENESIS = "0".repeat(64);

/** `line` without its line feed. */
export function hashOf(line: string | Buffer): string {
  return hash("sha256", line);
}

export function chained(record: object, prev: string): string {
  return JSON.stringify({ ...record, prev });
}

export interface ChainReport {
  readonly lines: number;
  /** Hash of the last line; GENESIS when there is none. */
  readonly head: string;
  /** Lines that do not follow from the one before. */
  readonly breaks: readonly string[];
  /** What is no break, but worth knowing: a chain that begins, a line that a crash cut off, requests without an answer. */
  readonly notes: readonly string[];
}

/** Checks lines in the order in which they were written, over as many files as there are. */
export class ChainChecker {
  #head: string | null = null;
  #lines = 0;
  #isRecord = false;
  readonly #breaks: string[] = [];
  readonly #notes: string[] = [];
  readonly #open = new Map<string, string>();

  /** `where` names the line for messages. `isWhole`: it ends with a line feed. */
  feed(line: Buffer, where: string, isWhole = true): void {
    this.#lines += 1;
    const record = parsed(line);
    if (record === null) this.#strange(where, isWhole);
    else {
      this.#follow(record.prev, where);
      this.#pair(record, where);
    }
    this.#isRecord = record !== null;
    this.#head = hashOf(line);
  }

  report(): ChainReport {
    const unanswered = [...this.#open.values()].map(
      (where) => `${where}: the request has no answer (the process ended meanwhile, or the file does here)`,
    );
    const notes = [...this.#notes, ...unanswered];
    return { lines: this.#lines, head: this.#head ?? GENESIS, breaks: this.#breaks, notes };
  }

  /** A single one behind a record is what a crash leaves; the next record's hash covers it. */
  #strange(where: string, isWhole: boolean): void {
    if (!this.#isRecord) this.#breaks.push(`${where} is no record of an audit log`);
    else
      this.#notes.push(
        `${where} is no whole record: ${isWhole ? "a crash or a full disk cut it off" : "the file ends within it"}`,
      );
  }

  #follow(prev: unknown, where: string): void {
    if (prev === this.#head) return;
    if (this.#head === null) {
      if (prev !== GENESIS) this.#notes.push(`${where} follows a line of an earlier file`);
      return;
    }
    if (prev === GENESIS)
      this.#breaks.push(`${where} begins a new chain: what lay between it and the line before is unknown`);
    else
      this.#breaks.push(
        `${where} does not follow from the line before: something was changed, taken out or put in between`,
      );
  }

  #pair({ event, request_id }: Readonly<Record<string, unknown>>, where: string): void {
    if (typeof request_id !== "string") return;
    if (event === "request") this.#open.set(request_id, where);
    else if (event === "answer") this.#open.delete(request_id);
  }
}

function parsed(line: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
