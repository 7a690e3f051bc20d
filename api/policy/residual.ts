/**
 * What is left of a rule once the caller is known: yes, no, or a condition on the record. The same residual decides about
 * a record in hand and, as conditions of a query, which records exist for the caller at all.
 */
import type { Condition } from "../../db/contract.ts";
import type { TargetField } from "./check.ts";

export type Residual =
  | boolean
  | { readonly field: TargetField; readonly is: string; readonly negated: boolean }
  | { readonly any: readonly Residual[] }
  | { readonly all: readonly Residual[] };

/** The values of a record that rules may ask for. */
export type Target = Readonly<Partial<Record<TargetField, string | null>>>;

export function anyOf(parts: readonly Residual[]): Residual {
  if (parts.includes(true)) return true;
  const open = distinct(parts.filter((part) => part !== false));
  return open.length === 0 ? false : open.length === 1 ? (open[0] ?? false) : { any: open };
}

export function allOf(parts: readonly Residual[]): Residual {
  if (parts.includes(false)) return false;
  const open = distinct(parts.filter((part) => part !== true));
  return open.length === 0 ? true : open.length === 1 ? (open[0] ?? true) : { all: open };
}

export function negation(residual: Residual): Residual {
  if (typeof residual === "boolean") return !residual;
  if ("any" in residual) return allOf(residual.any.map(negation));
  if ("all" in residual) return anyOf(residual.all.map(negation));
  return { ...residual, negated: !residual.negated };
}

/** Rules name the same thing many times over. */
function distinct(parts: readonly Residual[]): readonly Residual[] {
  return [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
}

export function satisfies(residual: Residual, target: Target): boolean {
  if (typeof residual === "boolean") return residual;
  if ("any" in residual) return residual.any.some((part) => satisfies(part, target));
  if ("all" in residual) return residual.all.every((part) => satisfies(part, target));
  return (target[residual.field] === residual.is) !== residual.negated;
}

/** How the value of a target field is asked for in a table: by a column of its own, or by that of another record. */
export type ColumnCondition = (
  field: TargetField,
  test: { readonly is: string; readonly negated: boolean },
) => Condition;

/** As a condition of a query; null where there is nothing to ask. `residual` is not false: then there is no query. */
export function conditionOf(residual: Exclude<Residual, false>, column: ColumnCondition): Condition | null {
  return residual === true ? null : condition(residual, column);
}

function condition(residual: Residual, column: ColumnCondition): Condition {
  // An empty disjunction is false, one with an empty conjunction is true.
  if (typeof residual === "boolean") return { anyOf: residual ? [[]] : [] };
  if ("any" in residual) return { anyOf: residual.any.map((part) => [condition(part, column)]) };
  if ("all" in residual) return { anyOf: [residual.all.map((part) => condition(part, column))] };
  return column(residual.field, residual);
}
