/**
 * Inserting and changing rows of one table; each shape of a change is compiled once. An update raises the row's version
 * itself where a record shows it: the triggers that see to it otherwise need not write the row a second time.
 */
import type { Knex } from "knex";
import type { Condition } from "../contract.ts";
import { changesOf, insertedIdOf, type SqlValue, type Work } from "../engine.ts";
import { param } from "../query/compile.ts";
import { conditionSql, quoted } from "../query/conditions.ts";
import { byPlace, placeholders } from "../query/page.ts";
import { decode, encode, type Table, VERSION } from "../records/table.ts";
import { SealedLists } from "../secrets/sealed-lists.ts";
import type { StoreContext } from "./store-context.ts";

/** For an update of a table that counts versions. */
export function raiseVersion(sql: Knex): Readonly<Record<string, Knex.Raw>> {
  return { [VERSION]: sql.raw(`${VERSION} + 1`) };
}

export class RecordWriter<R> {
  readonly #context: StoreContext;
  readonly #table: Table<R>;
  readonly #sealed: SealedLists;

  constructor(context: StoreContext, table: Table<R>) {
    this.#context = context;
    this.#table = table;
    this.#sealed = new SealedLists(context.sealer, table);
  }

  *insert(values: Readonly<Record<string, unknown>>): Work<void> {
    const columns = this.#encode(values);
    const names = Object.keys(columns);
    const { sql, compiled } = this.#context;
    const statement = compiled.get(`insert:${this.#table.name}:${names.join()}`, () =>
      sql(this.#table.name).insert(marks(names)),
    );
    yield statement.bind(columns);
  }

  /**
   * Inserts a row and answers the record that a reader would find, without reading it again. `values` names every column
   * whose default is not null; what it does not name is null. Lists are sealed in `values` and open in the record.
   */
  *create(values: Readonly<Record<string, unknown>>): Work<R> {
    const columns = this.#encode(values);
    const names = Object.keys(columns);
    const { sql, compiled, dialect, log } = this.#context;
    const { name, shown } = this.#table;
    const statement = compiled.get(`create:${name}:${names.join()}`, () =>
      dialect.tellingId(sql(name).insert(marks(names))),
    );
    const id = yield* insertedIdOf(statement.bind(columns));
    const row = this.#sealed.selected(shown).map((column) => (column === "id" ? id : (columns[column] ?? null)));
    return decode(this.#table, shown, this.#sealed.open(shown, row), log);
  }

  /** Changes the rows for which all conditions hold; answers how many. */
  update(where: readonly Condition[], values: Readonly<Record<string, unknown>>): Work<number> {
    return this.#update(where, this.#encode(values));
  }

  /** Changes the one row that `current` was read from, if `where` holds. Answers the record as it is then, null when it did not. */
  *change(current: R, where: readonly Condition[], values: Readonly<Record<string, unknown>>): Work<R | null> {
    const columns = this.#encode(values);
    if ((yield* this.#update(where, columns)) === 0) return null;
    const names = Object.keys(columns);
    const stored = names.map((name) => columns[name] ?? null);
    return { ...current, ...decode(this.#table, names, stored, this.#context.log), ...this.#raisedVersion(current) };
  }

  *remove(where: readonly Condition[]): Work<number> {
    const { text, bindings } = conditionSql(this.#table, where);
    const { sql, compiled } = this.#context;
    const statement = compiled.get(`delete:${this.#table.name}:${text}`, () =>
      sql(this.#table.name).delete().whereRaw(quoted(sql, text), placeholders(bindings.length)),
    );
    return yield* changesOf(statement.bind(byPlace(bindings)));
  }

  *#update(where: readonly Condition[], columns: Readonly<Record<string, SqlValue>>): Work<number> {
    const names = Object.keys(columns);
    if (names.length === 0) return 0;
    const { text, bindings } = conditionSql(this.#table, where);
    const { sql, compiled } = this.#context;
    const statement = compiled.get(`update:${this.#table.name}:${names.join()}:${text}`, () =>
      sql(this.#table.name)
        .update(this.#isCounted ? { ...marks(names), ...raiseVersion(sql) } : marks(names))
        .whereRaw(quoted(sql, text), placeholders(bindings.length)),
    );
    return yield* changesOf(statement.bind({ ...byPlace(bindings), ...columns }));
  }

  get #isCounted(): boolean {
    return Object.hasOwn(this.#table.columns, VERSION);
  }

  #raisedVersion(current: R): object {
    return this.#isCounted ? { [VERSION]: Number(Reflect.get(Object(current), VERSION)) + 1 } : {};
  }

  /** Undefined means "not given". */
  #encode(values: Readonly<Record<string, unknown>>): Record<string, SqlValue> {
    const columns: Record<string, SqlValue> = {};
    for (const [field, value] of Object.entries(values)) {
      if (value !== undefined) columns[field] = encode(this.#table, field, value);
    }
    return columns;
  }
}

function marks(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, param(name)]));
}
