/** Conditions as SQL text. Columns are taken from the table's own list, values are always bound. */
import type { Knex } from "knex";
import { Invalid } from "../../common/errors/request.ts";
import type { Condition, Scalar } from "../contract.ts";
import type { SqlValue } from "../engine.ts";
import { nodeTable } from "../records/node-table.ts";
import type { Table } from "../records/table.ts";

export interface ConditionSql {
  /** With `[column]` for names and `?` for values: its text is also its shape. */
  readonly text: string;
  readonly bindings: readonly SqlValue[];
}

export type AnyTable = Pick<Table<unknown>, "name" | "columns">;

/** All conditions and-ed. @throws Invalid naming a field that the table does not have */
export function conditionSql(table: AnyTable, conditions: readonly Condition[]): ConditionSql {
  return joined(
    conditions.map((condition) => oneCondition(table, condition)),
    " and ",
    "1 = 1",
  );
}

const KEPT = new WeakMap<readonly Condition[], { readonly table: AnyTable; readonly sql: ConditionSql }>();

/** The same for conditions that come again with every request, such as an access rule: kept as long as the list itself. */
export function keptConditionSql(table: AnyTable, conditions: readonly Condition[]): ConditionSql {
  const known = KEPT.get(conditions);
  if (known?.table === table) return known.sql;
  const sql = conditionSql(table, conditions);
  KEPT.set(conditions, { table, sql });
  return sql;
}

/** The same with the columns quoted as the dialect does. */
export function quoted(sql: Knex, text: string): string {
  return text.replace(/\[(\w+)\]/g, (_match, name: string) => sql.ref(name).toQuery());
}

function oneCondition(table: AnyTable, condition: Condition): ConditionSql {
  if ("anyOf" in condition)
    return joined(
      condition.anyOf.map((all) => conditionSql(table, all)),
      " or ",
      "1 = 0",
    );
  const column = columnOf(table, condition.field);
  if ("is" in condition) return equals(column, condition.is);
  if ("in" in condition) return oneOf(column, condition.in, "in");
  if ("notIn" in condition) return oneOf(column, condition.notIn, "not in");
  if ("null" in condition) return { text: `${column} is ${condition.null ? "" : "not "}null`, bindings: [] };
  if ("inNodes" in condition) return inNodes(column, condition.inNodes);
  if ("below" in condition) return { text: `${column} < ?`, bindings: [condition.below] };
  return { text: `lower(${column}) like lower(?) escape '!'`, bindings: [`%${escapeLike(condition.contains)}%`] };
}

/** Columns inside are those of the inner table, wherever both have one of that name. */
function inNodes(column: string, conditions: readonly Condition[]): ConditionSql {
  const { text, bindings } = conditionSql(nodeTable, conditions);
  return { text: `${column} in (select [uuid] from [${nodeTable.name}] where ${text})`, bindings };
}

function columnOf(table: AnyTable, field: string): string {
  if (!Object.hasOwn(table.columns, field)) throw Invalid({ reason: `${table.name} cannot be filtered by "${field}"` });
  return `[${field}]`;
}

function equals(column: string, value: Scalar): ConditionSql {
  return value === null ? { text: `${column} is null`, bindings: [] } : { text: `${column} = ?`, bindings: [value] };
}

/** Null counts as a value here, unlike in SQL: it is "not one of" any list that does not name it. */
function oneOf(column: string, values: readonly Scalar[], operator: "in" | "not in"): ConditionSql {
  const bindings = values.filter((value) => value !== null);
  const namesNull = bindings.length < values.length;
  const list = bindings.length > 0 ? `${column} ${operator} (${bindings.map(() => "?").join(", ")})` : null;
  if (operator === "in") return { text: orNull(list ?? "1 = 0", column, namesNull), bindings };
  if (namesNull) return { text: list ?? `${column} is not null`, bindings };
  return { text: list === null ? "1 = 1" : orNull(list, column, true), bindings };
}

function orNull(text: string, column: string, also: boolean): string {
  return also ? `(${text} or ${column} is null)` : text;
}

function joined(parts: readonly ConditionSql[], operator: string, empty: string): ConditionSql {
  if (parts.length === 0) return { text: empty, bindings: [] };
  return {
    text: parts.map((part) => `(${part.text})`).join(operator),
    bindings: parts.flatMap((part) => part.bindings),
  };
}

function escapeLike(text: string): string {
  return text.replace(/[!%_]/g, (character) => `!${character}`);
}
