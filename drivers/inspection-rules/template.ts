/**
 * Templates in arguments of inspection rules, in Python's format style: {node.name}, {inventory[cpu][count]}, {item}. A text
 * with one that cannot be resolved stays as it stands; "{{" and "}}" are braces.
 */
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";

/** What templates may name: node, inventory, plugin_data, port_id and, in loops, item. */
export type Scope = Readonly<Record<string, Json>>;

const PLACE = /\{\{|\}\}|\{([^{}]*)\}/g;
const STEP = /\.([A-Za-z_]\w*)|\[([^\][]+)\]/y;
const DEEPEST = 20;

/** A text that is one placeholder and nothing else becomes text too: so its model does. */
export function filled(value: Json, scope: Scope): Json {
  if (typeof value === "string") return fill(value, scope);
  if (Array.isArray(value)) return value.map((item) => filled(item, scope));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, scope)])) as JsonObject;
}

function fill(text: string, scope: Scope): string {
  let resolved = true;
  const result = text.replace(PLACE, (whole, path: string | undefined) => {
    if (path === undefined) return whole.slice(0, 1);
    const found = lookUp(path, scope);
    if (found === undefined) resolved = false;
    return found === undefined ? whole : asText(found);
  });
  return resolved ? result : text;
}

/** Whether the text is one placeholder that names nothing: emptiness counts a missing key as empty. */
export function isUnresolved(value: Json, scope: Scope): boolean {
  const path = typeof value === "string" ? /^\s*\{([^{}]+)\}\s*$/.exec(value)?.[1] : undefined;
  return path !== undefined && lookUp(path, scope) === undefined;
}

/** The value at a path such as inventory[cpu][count], or undefined. Own properties only. */
function lookUp(path: string, scope: Scope): Json | undefined {
  const root = /^[A-Za-z_]\w*/.exec(path)?.[0];
  if (root === undefined || !Object.hasOwn(scope, root)) return undefined;
  let current: Json | undefined = scope[root];
  let at = root.length;
  for (let depth = 0; at < path.length; depth++) {
    STEP.lastIndex = at;
    const step = STEP.exec(path);
    if (step === null || depth >= DEEPEST) return undefined;
    current = member(current, step[1] ?? step[2] ?? "");
    if (current === undefined) return undefined;
    at = STEP.lastIndex;
  }
  return current;
}

function member(value: Json | undefined, key: string): Json | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isJsonObject(value ?? null) && Object.hasOwn(value as JsonObject, key)
    ? (value as JsonObject)[key]
    : undefined;
}

/** As the model writes them: None, True, False; objects and lists as JSON. */
export function asText(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? value : JSON.stringify(value);
}
