/** The API of one microversion as OpenAPI 3.1, from the declarations of resources and routes that also validate. */
import type { Route } from "../route.ts";
import type { JsonSchema } from "../values.ts";
import { operation, pathOf } from "./operation.ts";
import { type AnyResource, type Columns, LINKS, recordSchemas, schemaName } from "./schemas.ts";

export interface Declarations {
  readonly routes: readonly Route[];
  readonly resources: readonly AnyResource[];
  readonly columns: Columns;
  /** Version of the program. */
  readonly release: string;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: typeof SECURITY;
  };
  /** One of them is enough. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** By the values of [DEFAULT]auth_strategy, which says which one is in force; noauth wants none. */
const SECURITY = {
  keystone: {
    type: "apiKey",
    in: "header",
    name: "X-Auth-Token",
    description: "A token of Keystone, where auth_strategy is keystone.",
  },
  http_basic: { type: "http", scheme: "basic", description: "Name and password, where auth_strategy is http_basic." },
} as const;

const ERROR: JsonSchema = {
  type: "object",
  description: "error_message holds JSON text: faultcode, faultstring and debuginfo; or code, title and description.",
  properties: { error_message: { type: "string" }, faultcode: { type: "string" }, faultstring: { type: "string" } },
};

export function openApiOf({ routes, resources, columns, release }: Declarations, minor: number): OpenApi {
  const schemas: Record<string, JsonSchema> = { Links: LINKS, Error: ERROR };
  for (const resource of resources) {
    const { whole, part } = recordSchemas(resource, columns, minor);
    schemas[schemaName(resource.name)] = whole;
    schemas[`${schemaName(resource.name)}Part`] = part;
  }
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes.filter(({ since = 1 }) => since <= minor)) {
    const path = pathOf(route.path);
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route, resources, minor);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Bare metal API",
      version: `1.${minor}`,
      description: `The OpenStack bare metal (Ironic) API at microversion 1.${minor}, as ferric ${release} serves it.`,
    },
    paths,
    components: { schemas, securitySchemes: SECURITY },
    security: [...Object.keys(SECURITY).map((name) => ({ [name]: [] })), {}],
  };
}
