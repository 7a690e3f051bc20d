/** Values at paths such as /extra/rack/row in documents: copies with one value set, extended or removed. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";

/** The names of a path, from the root down; the slash in front is optional. @throws InvalidParameterValue */
export function stepsOf(path: Json | undefined): readonly [string, ...string[]] {
  const [first = "", ...rest] = typeof path === "string" ? path.replace(/^\//, "").split("/") : [];
  if (first === "" || rest.includes(""))
    throw InvalidParameterValue({
      reason: `path is ${JSON.stringify(path ?? null).slice(0, 100)}; expected names with slashes between, such as /extra/rack.`,
    });
  return [first, ...rest];
}

export function valueAt(document: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>((value, step) => {
    if (Array.isArray(value)) return /^\d+$/.test(step) ? value[Number(step)] : undefined;
    return isJsonObject(value ?? null) && Object.hasOwn(value as object, step)
      ? (value as JsonObject)[step]
      : undefined;
  }, document);
}

/** Objects on the way are made. @throws InvalidParameterValue where something else is in the way */
export function withValue(document: Json | undefined, steps: readonly string[], value: Json): Json {
  return changed(document, steps, () => value);
}

/** The list at the path, one longer; with `unique` only if the value is not in it yet. @throws InvalidParameterValue */
export function extended(document: Json | undefined, steps: readonly string[], value: Json, unique: boolean): Json {
  return changed(document, steps, (before) => {
    if (before !== undefined && before !== null && !Array.isArray(before))
      throw InvalidParameterValue({ reason: `There is no list at ${steps.join("/")} that could be extended.` });
    const list = before ?? [];
    const known = list.some((item) => JSON.stringify(item) === JSON.stringify(value));
    return unique && known ? list : [...list, value];
  });
}

/** Without what is at the path; unchanged when there is nothing. */
export function without(document: Json | undefined, steps: readonly string[]): Json {
  return valueAt(document, steps) === undefined ? (document ?? {}) : changed(document, steps, () => undefined);
}

function changed(
  container: Json | undefined,
  steps: readonly string[],
  change: (before: Json | undefined) => Json | undefined,
): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return change(container) ?? null;
  if (container !== undefined && container !== null && !isJsonObject(container))
    throw InvalidParameterValue({ reason: `There is no object that could hold ${steps.join("/")}.` });
  const before = container ?? {};
  const inner = Object.hasOwn(before, step) ? before[step] : undefined;
  const value = rest.length > 0 ? changed(inner, rest, change) : change(inner);
  const others = Object.entries(before).filter(([key]) => key !== step);
  // From entries: a key such as __proto__ is a key like others.
  return Object.fromEntries(value === undefined ? others : [...others, [step, value]]);
}
