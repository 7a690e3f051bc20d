/**
 * JSON schemas of what the API answers, one pair a resource and microversion: the whole record, and a part of it (lists
 * and a choice of fields). Types come from the resource's declaration, or from the column that holds the field.
 */
import type { ColumnKind, Table } from "../../../db/records/table.ts";
import type { Resource } from "../resource.ts";
import type { JsonSchema } from "../values.ts";

const BY_COLUMN: Readonly<Record<ColumnKind, JsonSchema>> = {
  text: { type: ["string", "null"] },
  integer: { type: ["integer", "null"] },
  boolean: { type: ["boolean", "null"] },
  object: { type: ["object", "null"] },
  "sealed-list": { type: ["array", "null"] },
  list: { type: ["array", "null"] },
};

export const LINKS: JsonSchema = {
  type: "array",
  items: {
    type: "object",
    properties: { href: { type: "string" }, rel: { type: "string" }, type: { type: "string" } },
    required: ["href", "rel"],
    additionalProperties: false,
  },
};

/** A resource among others, each of which has a record type of its own. */
// biome-ignore lint/suspicious/noExplicitAny: a list cannot tell the record types; only names, minors and schemas are read
export type AnyResource = Resource<any>;

/** Columns of every table by table and field; a field of no table is of any type. */
export type Columns = ReadonlyMap<string, Table<unknown>["columns"]>;

export function recordSchemas<R>(
  resource: Resource<R>,
  columns: Columns,
  minor: number,
): { readonly whole: JsonSchema; readonly part: JsonSchema } {
  const properties: Record<string, JsonSchema> = {};
  const kinds = columns.get(resource.collection) ?? {};
  for (const [name, def] of Object.entries(resource.fields)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if ((def.since ?? 1) <= minor) properties[name] = def.schema ?? (kind === undefined ? {} : BY_COLUMN[kind]);
  }
  for (const [name, def] of Object.entries(resource.computed)) {
    if ((def.since ?? 1) <= minor) properties[name] = def.schema ?? { $ref: "#/components/schemas/Links" };
  }
  const part = { type: "object", properties, additionalProperties: false };
  return { part, whole: { ...part, required: Object.keys(properties) } };
}

/** One page of records under the collection's name. */
export function listSchema(collection: string, item: string): JsonSchema {
  return {
    type: "object",
    properties: {
      [collection]: { type: "array", items: { $ref: `#/components/schemas/${item}` } },
      next: { type: "string", description: "URL of the next page; absent on the last." },
    },
    required: [collection],
    additionalProperties: false,
  };
}

/** "deploy_template" or "deploy template" becomes "DeployTemplate". */
export function schemaName(resource: string): string {
  return resource
    .split(/[_\s-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
