/** What records with a UUID and a unique name of their own have in common: found by either, created, changed, removed. */
import type { FerricError } from "../../common/errors/fault.ts";
import type { Condition, Query, Reading } from "../contract.ts";
import type { Work } from "../engine.ts";
import type { Table } from "../records/table.ts";
import { SealedLists } from "../secrets/sealed-lists.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

/** As lenient as the API: dashes and case are free. */
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export interface NamedFaults {
  notFound(ident: string): FerricError;
  uuidTaken(uuid: string, cause: unknown): FerricError;
  nameTaken(name: string, cause: unknown): FerricError;
}

interface Named {
  readonly uuid: string;
  readonly name: string | null;
}

export class NamedRecords<R extends Named> {
  readonly #context: StoreContext;
  readonly #faults: NamedFaults;
  readonly #reader: RecordReader<R>;
  readonly #writer: RecordWriter<R>;
  readonly #sealed: SealedLists;

  constructor(context: StoreContext, table: Table<R>, faults: NamedFaults) {
    this.#context = context;
    this.#faults = faults;
    this.#reader = new RecordReader(context, table, {
      always: ["id", "uuid"],
      markerColumn: "uuid",
      notFound: faults.notFound,
    });
    this.#writer = new RecordWriter(context, table);
    this.#sealed = new SealedLists(context.sealer, table);
  }

  find(ident: string, reading: Reading = {}): Promise<R | null> {
    return this.#context.engine.read(() => this.#reader.one(UUID.test(ident) ? "uuid" : "name", ident, reading));
  }

  async get(ident: string, reading: Reading = {}): Promise<R> {
    const found = await this.find(ident, reading);
    if (found === null) throw this.#faults.notFound(ident);
    return found;
  }

  list(query: Query = {}): Promise<readonly R[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  create(values: Named, row: Readonly<Record<string, unknown>>): Promise<R> {
    return this.#context.engine.write(() => this.#create(values, row));
  }

  /** @throws notFound when no record of this UUID satisfies `where` too */
  update(uuid: string, changes: Readonly<Record<string, unknown>>, where: readonly Condition[] = []): Promise<R> {
    return this.#context.engine.write(() => this.#update(uuid, changes, where));
  }

  /** False when no record of this UUID satisfies `where` too. */
  remove(uuid: string, where: readonly Condition[] = []): Promise<boolean> {
    return this.#context.engine.write(() => this.#remove(uuid, where));
  }

  *#create(values: Named, row: Readonly<Record<string, unknown>>): Work<R> {
    try {
      const sealed = this.#sealed.seal(values.uuid, { ...row, created_at: this.#context.now() });
      return yield* this.#writer.create(sealed);
    } catch (error) {
      throw this.#refusal(error, values);
    }
  }

  *#update(uuid: string, changes: Readonly<Record<string, unknown>>, where: readonly Condition[]): Work<R> {
    if (Object.keys(changes).length === 0) return yield* this.#existing(uuid);
    const row = this.#sealed.seal(uuid, { ...changes, updated_at: this.#context.now() });
    try {
      const changed = yield* this.#writer.update([{ field: "uuid", is: uuid }, ...where], row);
      if (changed === 0) throw this.#faults.notFound(uuid);
    } catch (error) {
      throw this.#refusal(error, { uuid, name: String(changes.name) });
    }
    return yield* this.#existing(uuid);
  }

  *#remove(uuid: string, where: readonly Condition[]): Work<boolean> {
    return (yield* this.#writer.remove([{ field: "uuid", is: uuid }, ...where])) > 0;
  }

  *#existing(uuid: string): Work<R> {
    const record = yield* this.#reader.one("uuid", uuid);
    if (record === null) throw this.#faults.notFound(uuid);
    return record;
  }

  #refusal(error: unknown, { uuid, name }: Named): unknown {
    const column = this.#context.dialect.uniqueViolation(error)?.column;
    if (column === "uuid") return this.#faults.uuidTaken(uuid, error);
    return column === "name" ? this.#faults.nameTaken(name ?? "", error) : error;
  }
}
