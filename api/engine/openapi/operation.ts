/** One route as an OpenAPI operation: parameters, body, answers. */
import { isOpenToAll } from "../../middleware/authenticate.ts";
import type { ParamDef } from "../params.ts";
import type { Route } from "../route.ts";
import type { JsonSchema } from "../values.ts";
import { createSchemaOf } from "../write.ts";
import { type AnyResource, listSchema, schemaName } from "./schemas.ts";

const ACCEPTED = "Accepted; the work goes on.";
const VERSION_HEADER = "X-OpenStack-Ironic-API-Version";

/** "/v1/nodes/:node" becomes "/v1/nodes/{node}". */
export function pathOf(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

export function operation(route: Route, resources: readonly AnyResource[], minor: number) {
  const body = bodySchemaOf(route, resources, minor);
  return {
    operationId: operationId(route),
    tags: [route.path.startsWith("/ferric/") ? "ferric" : (route.path.split("/")[2] ?? "discovery")],
    summary: `${route.method} ${pathOf(route.path)}`,
    description: `Policy rule: ${route.policy}.${route.since === undefined ? "" : ` New in 1.${route.since}.`}`,
    parameters: [...pathParameters(route.path), ...queryParameters(route, minor), versionParameter(minor)],
    ...(isOpenToAll(route.path) ? { security: [] } : {}),
    ...(body === null ? {} : { requestBody: { content: { "application/json": { schema: body } } } }),
    responses: {
      [String(route.status)]: success(route, resources),
      ...(route.mayGoOn === true ? { "202": { description: ACCEPTED } } : {}),
      default: { description: "Refused or failed.", content: json({ $ref: "#/components/schemas/Error" }) },
    },
  };
}

/** Method and path run together, unique as they are. */
function operationId(route: Route): string {
  const words = route.path.split(/[/:_]+/).filter((word) => word !== "" && word !== "v1");
  return [route.method.toLowerCase(), ...(route.path.includes("/v1") ? [] : ["root"]), ...words].join("_");
}

function json(schema: JsonSchema) {
  return { "application/json": { schema } };
}

function pathParameters(path: string) {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(route: Route, minor: number) {
  const known = Object.entries(route.params).filter(([, def]) => (def.since ?? 1) <= minor);
  return known.map(([name, def]: [string, ParamDef<unknown>]) => ({
    name,
    in: "query",
    ...(def.since === undefined ? {} : { description: `New in 1.${def.since}.` }),
    schema: def.schema ?? { type: "string" },
  }));
}

function versionParameter(minor: number) {
  return { name: VERSION_HEADER, in: "header", schema: { const: `1.${minor}` } };
}

/** A route that creates a record checks its body against the resource's own declaration. */
function bodySchemaOf(route: Route, resources: readonly AnyResource[], minor: number): JsonSchema | null {
  if (!route.takesBody) return null;
  if (route.bodySchema !== undefined) return route.bodySchema;
  const resource = route.method === "POST" ? resourceOf(route.path, resources) : undefined;
  return resource === undefined ? {} : visibleAt(createSchemaOf(resource), resource, minor);
}

/** Without the fields that a later microversion brings. */
function visibleAt(schema: JsonSchema, resource: AnyResource, minor: number): JsonSchema {
  const since = (name: string) => resource.fields[name]?.since ?? resource.createOnly[name]?.since ?? 1;
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => since(name) <= minor);
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** The resource whose collection the path ends in. */
function resourceOf(path: string, resources: readonly AnyResource[]): AnyResource | undefined {
  const last = path.split("/").at(-1);
  return resources.find(({ collection }) => collection === last);
}

function success(route: Route, resources: readonly AnyResource[]) {
  const description = route.status === 202 ? ACCEPTED : "Done.";
  const schema = answerSchema(route, resources);
  return schema === null ? { description } : { description, content: json(schema) };
}

/** Null: no body. Lists and records by the path, the rest is some JSON. */
function answerSchema(route: Route, resources: readonly AnyResource[]): JsonSchema | null {
  if (route.status === 204 || (route.status === 202 && route.tells !== true)) return null;
  const listed = resourceOf(route.path.replace(/\/detail$/, ""), resources);
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  if (listed !== undefined) {
    const name = schemaName(listed.name);
    return route.method === "GET" ? listSchema(listed.collection, `${name}Part`) : ref(name);
  }
  const collection = /^\/v1\/(?:.*\/)?([^/]+)\/:[^/]+$/.exec(route.path)?.[1];
  const shown = resources.find((resource) => resource.collection === collection);
  if (shown === undefined) return {};
  return ref(route.method === "GET" ? `${schemaName(shown.name)}Part` : schemaName(shown.name));
}
