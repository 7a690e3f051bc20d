/** Lists: filter, access rules, order with id as tie-break, page after a marker. Built by knex for each shape once. */
import type { Knex } from "knex";
import { Invalid } from "../../common/errors/request.ts";
import type { Condition, Query } from "../contract.ts";
import type { SqlValue } from "../engine.ts";
import { type AnyTable, type ConditionSql, conditionSql, keptConditionSql, quoted } from "./conditions.ts";

/** Where the page begins: values of the marker's row. */
export interface Marker {
  readonly id: SqlValue;
  readonly key: SqlValue;
}

export interface PageShape {
  readonly fields: readonly string[];
  /** Tells everything about the statement except the values bound. */
  readonly shape: string;
  readonly values: readonly SqlValue[];
  build(sql: Knex, orderTerm: (column: string, direction: "asc" | "desc") => string): Knex.QueryBuilder;
}

export function sortOf(table: AnyTable, query: Query): { key: string; direction: "asc" | "desc" } {
  const key = query.sortKey ?? "id";
  if (!Object.hasOwn(table.columns, key)) throw Invalid({ reason: `${table.name} cannot be sorted by "${key}"` });
  return { key, direction: query.sortDir ?? "asc" };
}

/** Conditions of the query and of the caller's access together. */
export function allConditions(query: Pick<Query, "where" | "visibility">): readonly Condition[] {
  return [...(query.where ?? []), ...(query.visibility ?? [])];
}

/** `plan` "in order": no index is used for the access rule, so that rows are read in the order in which they lie (SQLite, unary "+"). */
export function pageOf(
  table: AnyTable,
  fields: readonly string[],
  query: Query,
  marker: Marker | null,
  plan: "any" | "in order" = "any",
): PageShape {
  const { key, direction } = sortOf(table, query);
  const filter = plan === "any" ? conditionSql(table, allConditions(query)) : inOrder(table, query);
  const after = marker === null ? { text: "1 = 1", bindings: [] } : afterMarker(key, direction, marker);
  const limited = query.limit !== undefined;
  const text = `(${filter.text}) and (${after.text})`;
  return {
    fields,
    shape: `page:${table.name}:${fields.join()}:${key}:${direction}:${limited}:${text}`,
    values: [...filter.bindings, ...after.bindings, ...(query.limit === undefined ? [] : [query.limit])],
    build(sql, orderTerm) {
      const count = filter.bindings.length + after.bindings.length;
      const column = (name: string) => quoted(sql, `[${name}]`);
      const order = [...new Set([key, "id"])].map((name) => orderTerm(column(name), direction)).join(", ");
      const mark = placeholders(count + 1).slice(count);
      return sql(table.name)
        .select(fields)
        .whereRaw(quoted(sql, text), placeholders(count))
        .orderByRaw(limited ? `${order} limit ?` : order, limited ? mark : []);
    },
  };
}

function inOrder(table: AnyTable, { where = [], visibility = [] }: Query): ConditionSql {
  const [filter, rule] = [conditionSql(table, where), keptConditionSql(table, visibility)];
  return {
    text: `(${filter.text}) and (${rule.text.replaceAll("[", "+[")})`,
    bindings: [...filter.bindings, ...rule.bindings],
  };
}

/** The parts of an access rule, of which each finds rows by itself; null where a page cannot be made of theirs. */
export function partsOf({ visibility = [], sortKey = "id", limit }: Query): readonly (readonly Condition[])[] | null {
  const [rule] = visibility;
  if (sortKey !== "id" || limit === undefined || rule === undefined || visibility.length > 1) return null;
  return "anyOf" in rule && rule.anyOf.length > 1 ? rule.anyOf : null;
}

/**
 * The same rows by one query a part, put together: where databases merge ordered parts, a page of what somebody owns or
 * leases is read in order from two indexes. With "or" all of it is found and sorted for each page. Rows must tell
 * themselves apart by `fields`.
 */
export function mergedPage(
  table: AnyTable,
  fields: readonly string[],
  query: Query,
  given: readonly (readonly Condition[])[],
  marker: Marker | null,
): PageShape {
  const { direction } = sortOf(table, query);
  const after = marker === null ? { text: "1 = 1", bindings: [] } : afterMarker("id", direction, marker);
  const parts = given.map((part) => conditionSql(table, [...(query.where ?? []), ...part]));
  const texts = parts.map(({ text }) => `(${text}) and (${after.text})`);
  const values = parts.map(({ bindings }) => [...bindings, ...after.bindings]);
  return {
    fields,
    shape: `merged:${table.name}:${fields.join()}:${direction}:${texts.join(" union ")}`,
    values: [...values.flat(), query.limit ?? null],
    build(sql, orderTerm) {
      const marks = placeholders(values.flat().length + 1);
      const [first, ...rest] = texts.map((text, index) => {
        const own = marks.splice(0, values[index]?.length ?? 0);
        return sql(table.name).select(fields).whereRaw(quoted(sql, text), own);
      });
      if (first === undefined) throw new TypeError("a rule without parts");
      return first.union(rest).orderByRaw(`${orderTerm(quoted(sql, "[id]"), direction)} limit ?`, marks);
    },
  };
}

/** Names of parameters by their place. */
export function placeholders(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `\u0000param:${index}`);
}

export function byPlace(values: readonly SqlValue[]): Record<string, SqlValue> {
  return Object.fromEntries(values.map((value, index) => [index, value]));
}

/** Nulls come first when ascending and last when descending (Dialect.orderTerm). */
function afterMarker(key: string, direction: "asc" | "desc", marker: Marker): { text: string; bindings: SqlValue[] } {
  const operator = direction === "asc" ? ">" : "<";
  const id = `[id] ${operator} ?`;
  if (key === "id") return { text: id, bindings: [marker.id] };
  if (marker.key === null) {
    const rest = direction === "asc" ? ` or [${key}] is not null` : "";
    return { text: `([${key}] is null and ${id})${rest}`, bindings: [marker.id] };
  }
  const nulls = direction === "desc" ? ` or [${key}] is null` : "";
  return {
    text: `[${key}] ${operator} ? or ([${key}] = ? and ${id})${nulls}`,
    bindings: [marker.key, marker.key, marker.id],
  };
}
