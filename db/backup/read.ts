/** Reads a backup line by line. Everything is checked before a restore begins; what is read twice is compared twice. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { BackupDamaged } from "../../common/errors/backup.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { isJsonObject } from "../../common/json.ts";
import type { SqlValue } from "../engine.ts";
import { type EndLine, FORMAT, type Header, type TableLine } from "./format.ts";

export interface BackupFacts {
  readonly header: Header;
  /** Ids of the keys that its secrets are encrypted with. */
  readonly keys: ReadonlySet<string>;
  readonly tables: readonly TableLine[];
  readonly end: EndLine;
}

export interface BackupRow {
  readonly table: TableLine;
  readonly values: readonly SqlValue[];
}

const CHUNK = 1024 * 1024;
/** One line of more characters is none of ours. */
const LONGEST_LINE = 256 * 1024 * 1024;

/** Reads all of it. @throws BackupDamaged */
export async function checkBackup(file: string): Promise<BackupFacts> {
  const reader = new BackupReader(file);
  for await (const row of reader.rows()) void row;
  return reader.facts();
}

export class BackupReader {
  readonly #file: string;
  #header: Header | null = null;
  #end: EndLine | null = null;
  readonly #keys = new Set<string>();
  readonly #tables: TableLine[] = [];
  readonly #counts: Record<string, number> = {};

  constructor(file: string) {
    this.#file = file;
  }

  /** In the order of the file. @throws BackupDamaged */
  async *rows(): AsyncGenerator<BackupRow> {
    const hash = createHash("sha256");
    let table: TableLine | null = null;
    for await (const text of this.#lines()) {
      if (this.#end !== null) throw this.#damaged("it goes on behind its end");
      const line = this.#parse(text);
      if (this.#header === null) this.#header = this.#headerOf(line);
      else if (isJsonObject(line) && isJsonObject(line.end)) this.#end = this.#checkedEnd(line.end, hash.digest("hex"));
      else if (isTable(line)) {
        table = line;
        this.#tables.push(line);
        this.#counts[table.table] = 0;
      } else if (table !== null && isRow(line, table)) {
        this.#counts[table.table] = (this.#counts[table.table] ?? 0) + 1;
        for (const [index, column] of table.columns.entries()) {
          const key = column.endsWith("key_id") ? line[index] : null;
          if (typeof key === "string") this.#keys.add(key);
        }
        yield { table, values: line };
      } else throw this.#damaged("it holds a line that is neither a table nor a row");
      if (this.#end === null) hash.update(`${text}\n`);
    }
    if (this.#end === null) throw this.#damaged("its end is missing: it was cut off");
  }

  /** Of a file that has been read to its end. */
  facts(): BackupFacts {
    if (this.#header === null || this.#end === null) throw this.#damaged("it is empty");
    return { header: this.#header, keys: this.#keys, tables: this.#tables, end: this.#end };
  }

  async *#lines(): AsyncGenerator<string> {
    const packed = createReadStream(this.#file);
    const unpacked = createGunzip({ chunkSize: CHUNK });
    packed.once("error", (error) => unpacked.destroy(error));
    let rest = "";
    try {
      for await (const chunk of packed.pipe(unpacked).setEncoding("utf8")) {
        const parts = (rest + String(chunk)).split("\n");
        rest = parts.pop() ?? "";
        if (rest.length > LONGEST_LINE) throw new Error("it has a line without an end");
        yield* parts;
      }
    } catch (error) {
      throw this.#damaged(reasonOf(error), error);
    } finally {
      packed.destroy();
    }
    if (rest !== "") throw this.#damaged("its last line is cut off");
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#damaged("it holds a line that is no JSON", error);
    }
  }

  #headerOf(line: unknown): Header {
    const header = isJsonObject(line) ? line.header : null;
    if (!isJsonObject(header) || typeof header.ferric_backup !== "number")
      throw this.#damaged("it is no backup of ferric");
    if (header.ferric_backup !== FORMAT) throw this.#damaged(`its form ${header.ferric_backup} is of a newer release`);
    const { made_at, schema, database } = header;
    if (typeof made_at !== "string" || !Array.isArray(schema) || schema.length === 0)
      throw this.#damaged("its header is not whole");
    return { ferric_backup: FORMAT, made_at, schema: schema.map(String), database: String(database) };
  }

  #checkedEnd(end: Readonly<Record<string, unknown>>, sha256: string): EndLine {
    if (end.sha256 !== sha256) throw this.#damaged("its checksum is not that of its lines");
    if (!isJsonObject(end.rows) || JSON.stringify(sorted(end.rows)) !== JSON.stringify(sorted(this.#counts)))
      throw this.#damaged("its rows are not as many as it says");
    return { rows: { ...this.#counts }, sha256 };
  }

  #damaged(reason: string, cause?: unknown) {
    return BackupDamaged({ file: this.#file, reason }, cause);
  }
}

function isTable(line: unknown): line is TableLine {
  return isJsonObject(line) && typeof line.table === "string" && Array.isArray(line.columns);
}

function isRow(line: unknown, table: TableLine): line is readonly SqlValue[] {
  return (
    Array.isArray(line) &&
    line.length === table.columns.length &&
    line.every((value) => value === null || ["string", "number", "boolean"].includes(typeof value))
  );
}

function sorted(rows: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
}
