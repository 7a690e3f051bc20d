/** Reading records of one table: by key, as a list, counted. Stores add what is particular to theirs. */
import type { FerricError } from "../../common/errors/fault.ts";
import type { Condition, Query, Reading } from "../contract.ts";
import { firstOf, type Row, rowsOf, type SqlValue, type Statement, type Work } from "../engine.ts";
import { type Compiled, param } from "../query/compile.ts";
import { conditionSql, quoted } from "../query/conditions.ts";
import {
  allConditions,
  byPlace,
  type Marker,
  mergedPage,
  type PageShape,
  pageOf,
  partsOf,
  placeholders,
  sortOf,
} from "../query/page.ts";
import { RuleShares } from "../query/rule-share.ts";
import { decode, type Table, VERSION } from "../records/table.ts";
import { SealedLists } from "../secrets/sealed-lists.ts";
import type { StoreContext } from "./store-context.ts";

export interface ReaderOptions {
  /** Columns that come whatever `fields` says. */
  readonly always: readonly string[];
  /** Column that markers name. */
  readonly markerColumn: string;
  notFound(ident: string): FerricError;
}

const ID_AND_VERSION = ["id", VERSION] as const;

export class RecordReader<R> {
  readonly #context: StoreContext;
  readonly #table: Table<R>;
  readonly #options: ReaderOptions;
  readonly #sealed: SealedLists;
  readonly #shares = new RuleShares();

  constructor(context: StoreContext, table: Table<R>, options: ReaderOptions) {
    this.#context = context;
    this.#table = table;
    this.#options = options;
    this.#sealed = new SealedLists(context.sealer, table);
  }

  /** The columns to select, those of a record by default; unknown names are left out, they may be fields that are not stored in this table. */
  fieldsOf(fields: readonly string[] | undefined): readonly string[] {
    if (fields === undefined) return this.#table.shown;
    const wanted = new Set([...this.#options.always, ...fields]);
    return this.#table.fields.filter((field) => wanted.has(field));
  }

  /** The record whose `column` is `value`. */
  *one(column: string, value: SqlValue, reading: Reading = {}): Work<R | null> {
    const fields = this.fieldsOf(reading.fields);
    const row = yield* firstOf(this.#oneStatement(column, value, fields, reading.visibility));
    return row === null ? null : this.decode(fields, row);
  }

  /** The same, and nobody else changes it until the unit's end: for records that are read to be changed. */
  *oneToChange(column: string, value: SqlValue, some?: readonly string[]): Work<R | null> {
    const { sql, dialect, compiled } = this.#context;
    const { name } = this.#table;
    const fields = some === undefined ? this.#table.fields : this.fieldsOf(some);
    const statement = compiled.get(`change:${name}:${column}:${some?.join() ?? "*"}`, () =>
      dialect.forChange(sql(name).select(this.#sealed.selected(fields)).where(column, param("value"))),
    );
    const row = yield* firstOf(statement.bind({ value }));
    return row === null ? null : this.decode(fields, row);
  }

  *many(query: Query = {}): Work<readonly R[]> {
    const marker = query.marker === undefined ? null : yield* this.#marker(query.marker, query);
    const fields = this.fieldsOf(query.fields);
    const page = pageOf(this.#table, this.#sealed.selected(fields), query, marker);
    const { sql, dialect, compiled } = this.#context;
    const statement = compiled.get(page.shape, () => page.build(sql, dialect.orderTerm));
    const rows = yield* rowsOf(statement.bind(byPlace(page.values)));
    return rows.map((row) => this.decode(fields, row));
  }

  /** Ids and versions in turn, of the rows that `query` finds and in its order. For tables that count versions. */
  *versions(query: Query): Work<readonly number[]> {
    const marker = query.marker === undefined ? null : yield* this.#marker(query.marker, query);
    const { sql, dialect, compiled } = this.#context;
    const page = dialect.mergesUnions
      ? yield* this.#fastestPage(query, marker)
      : pageOf(this.#table, ID_AND_VERSION, query, marker);
    const statement = compiled.get(page.shape, () => page.build(sql, dialect.orderTerm)).bind(byPlace(page.values));
    if (dialect.pairsAsText === undefined) return (yield* rowsOf(statement)).flat().map(Number);
    const packed = dialect.pairsAsText(statement.sql, ...ID_AND_VERSION);
    const row = yield* firstOf({ sql: packed, bindings: statement.bindings });
    const text = row?.[0] ?? null;
    return text === null ? [] : String(text).split(",").map(Number);
  }

  *#fastestPage(query: Query, marker: Marker | null): Work<PageShape> {
    const parts = partsOf(query);
    const { visibility = [] } = query;
    if (parts === null) return pageOf(this.#table, ID_AND_VERSION, query, marker);
    const isLarge = this.#shares.known(visibility) ?? (yield* this.#judge(visibility));
    if (isLarge) return pageOf(this.#table, ID_AND_VERSION, query, marker, "in order");
    return mergedPage(this.#table, ID_AND_VERSION, query, parts, marker);
  }

  *#judge(rule: readonly Condition[]): Work<boolean> {
    return this.#shares.judge(rule, yield* this.count(rule), yield* this.count());
  }

  /** Statement for both of the record whose `column` is `value`. */
  version(column: string, value: SqlValue, visibility?: readonly Condition[]): Statement {
    return this.#oneStatement(column, value, ID_AND_VERSION, visibility);
  }

  *count(where: readonly Condition[] = []): Work<number> {
    const { text, bindings } = conditionSql(this.#table, where);
    const { sql, compiled } = this.#context;
    const statement = compiled.get(`count:${this.#table.name}:${text}`, () =>
      sql(this.#table.name).count("*").whereRaw(quoted(sql, text), placeholders(bindings.length)),
    );
    const row = yield* firstOf(statement.bind(byPlace(bindings)));
    return Number(row?.[0] ?? 0);
  }

  decode(fields: readonly string[], row: Row): R {
    return decode(this.#table, fields, this.#sealed.open(fields, row), this.#context.log);
  }

  /** A hidden marker is an unknown one: it must not tell that the record exists. */
  *#marker(ident: string, query: Query): Work<Marker> {
    const { key } = sortOf(this.#table, query);
    const row = yield* firstOf(this.#oneStatement(this.#options.markerColumn, ident, ["id", key], query.visibility));
    if (row === null) throw this.#options.notFound(ident);
    return { id: row[0] ?? null, key: row[1] ?? null };
  }

  #oneStatement(
    column: string,
    value: SqlValue,
    fields: readonly string[],
    visibility: readonly Condition[] = [],
  ): Statement {
    const { text, bindings } = conditionSql(this.#table, allConditions({ visibility }));
    const columns = fields === this.#table.shown ? "*" : fields.join();
    const shape = `one:${this.#table.name}:${column}:${columns}:${text}`;
    return this.#compiledOne(shape, column, fields, text, bindings.length).bind({ ...byPlace(bindings), value });
  }

  #compiledOne(shape: string, column: string, fields: readonly string[], text: string, count: number): Compiled {
    const { sql, compiled } = this.#context;
    return compiled.get(shape, () =>
      sql(this.#table.name)
        .select(this.#sealed.selected(fields))
        .where(column, param("value"))
        .whereRaw(quoted(sql, text), placeholders(count)),
    );
  }
}
