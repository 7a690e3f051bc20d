/** SQL built once by knex and run many times: knex costs ten times what a prepared statement does. */
import type { Knex } from "knex";
import type { SqlValue, Statement } from "../engine.ts";

const MARK = "\u0000param:";

/** Stands for a value that `bind` gives later. */
export function param(name: string): string {
  return MARK + name;
}

export interface Compiled {
  bind(values?: Readonly<Record<string, SqlValue>>): Statement;
}

type Builder = { toSQL(): { toNative(): { sql: string; bindings: readonly unknown[] } } };

export function compile(builder: Knex.QueryBuilder | Knex.Raw): Compiled {
  const { sql, bindings } = native(builder);
  const slots = bindings.map((value) =>
    typeof value === "string" && value.startsWith(MARK)
      ? { name: value.slice(MARK.length) }
      : { value: sqlValue(value) },
  );
  return {
    bind: (values = {}) => ({
      sql,
      bindings: slots.map((slot) => ("name" in slot ? given(values, slot.name) : slot.value)),
    }),
  };
}

/** For statements that are built anew each time, schema changes among them. */
export function statementOf(builder: Knex.QueryBuilder | Knex.Raw): Statement {
  const { sql, bindings } = native(builder);
  return { sql, bindings: bindings.map(sqlValue) };
}

export function schemaStatements(builder: Knex.SchemaBuilder): readonly Statement[] {
  const parts: unknown = builder.toSQL();
  if (!Array.isArray(parts)) throw new TypeError("knex gave no statements for a schema change");
  return parts.map((part: { sql: string; bindings?: readonly unknown[] }) => ({
    sql: part.sql,
    bindings: (part.bindings ?? []).map(sqlValue),
  }));
}

/** Compiled statements by a key that tells their shape. Bounded: shapes come partly from users' filters. */
export class CompiledCache {
  readonly #byShape = new Map<string, Compiled>();
  readonly #limit: number;

  constructor(limit = 500) {
    this.#limit = limit;
  }

  get(shape: string, build: () => Knex.QueryBuilder): Compiled {
    const known = this.#byShape.get(shape);
    if (known !== undefined) return known;
    const compiled = compile(build());
    const oldest = this.#byShape.size < this.#limit ? undefined : this.#byShape.keys().next().value;
    if (oldest !== undefined) this.#byShape.delete(oldest);
    this.#byShape.set(shape, compiled);
    return compiled;
  }
}

function native(builder: Builder): { sql: string; bindings: readonly unknown[] } {
  return builder.toSQL().toNative();
}

function given(values: Readonly<Record<string, SqlValue>>, name: string): SqlValue {
  const value = values[name];
  if (value === undefined) throw new TypeError(`no value for parameter ${name}`);
  return value;
}

function sqlValue(value: unknown): SqlValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw new TypeError(`a ${typeof value} cannot be stored`);
}
