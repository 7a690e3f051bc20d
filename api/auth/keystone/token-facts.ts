/** What Keystone tells about a token, read from its answer. Source: Identity API v3, "Validate and show information for token". */
import type { Identity } from "../../../common/identity.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../common/json.ts";

/** One thing that an application credential may be used for. */
export interface AccessRule {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export interface TokenFacts {
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Null: the token is not restricted. */
  readonly accessRules: readonly AccessRule[] | null;
}

/** Null for an answer that is not what Keystone says about a token. */
export function readTokenFacts(body: Json): TokenFacts | null {
  const token = isJsonObject(body) && isJsonObject(body.token ?? null) ? (body.token as JsonObject) : null;
  const user = part(token, "user");
  const expiresAt = Date.parse(text(token, "expires_at") ?? "");
  const id = text(user, "id");
  if (token === null || id === null || Number.isNaN(expiresAt)) return null;
  const project = part(token, "project");
  const identity: Identity = {
    user_id: id,
    user_name: text(user, "name") ?? id,
    user_domain_id: text(part(user, "domain"), "id"),
    project_id: text(project, "id"),
    project_name: text(project, "name"),
    project_domain_id: text(part(project, "domain"), "id"),
    domain_id: text(part(token, "domain"), "id"),
    system_scope: part(token, "system")?.all === true ? "all" : null,
    roles: records(token.roles).flatMap((role) => text(role, "name")?.toLowerCase() ?? []),
    service_roles: [],
  };
  return { identity, expiresAt, accessRules: readAccessRules(token) };
}

/** A rule that cannot be read allows nothing. */
function readAccessRules(token: JsonObject): readonly AccessRule[] | null {
  const rules = part(token, "application_credential")?.access_rules;
  if (rules === undefined || rules === null) return null;
  return records(rules).flatMap((rule) => {
    const [service, method, path] = [text(rule, "service"), text(rule, "method"), text(rule, "path")];
    return service === null || method === null || path === null ? [] : [{ service, method, path }];
  });
}

function part(from: JsonObject | null, name: string): JsonObject | null {
  const value = from?.[name] ?? null;
  return isJsonObject(value) ? value : null;
}

function text(from: JsonObject | null, name: string): string | null {
  const value = from?.[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function records(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
