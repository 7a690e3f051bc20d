/** What rules may know of a caller, as oslo.policy names it. */
import type { Identity } from "../../common/identity.ts";
import type { Credential } from "./check.ts";

export type Credentials = Readonly<Record<Credential, string | readonly string[] | null>> & {
  readonly roles: readonly string[];
};

export function credentialsOf(identity: Identity): Credentials {
  return {
    user_id: identity.user_id,
    user_name: identity.user_name,
    project_id: identity.project_id,
    project_name: identity.project_name,
    domain_id: identity.domain_id,
    system_scope: identity.system_scope,
    roles: identity.roles.map((role) => role.toLowerCase()),
    service_roles: identity.service_roles.map((role) => role.toLowerCase()),
    is_admin: "False",
    // Keystone says so of every project while it has no admin project, as is usual.
    is_admin_project: "True",
    is_public_api: "False",
    user_domain_id: identity.user_domain_id,
    project_domain_id: identity.project_domain_id,
  };
}

/** What a token is for. Rules name the scopes they are meant for; a token without any passes only rules that name none. */
export type Scope = "system" | "domain" | "project" | null;

export function scopeOf({ system_scope, domain_id, project_id }: Identity): Scope {
  if (system_scope === "all") return "system";
  if (project_id !== null) return "project";
  return domain_id === null ? null : "domain";
}

/** Equal for callers about whom every rule says the same. */
export function callerKey(identity: Identity): string {
  return JSON.stringify([
    identity.user_id,
    identity.user_name,
    identity.user_domain_id,
    identity.project_id,
    identity.project_name,
    identity.project_domain_id,
    identity.domain_id,
    identity.system_scope,
    identity.roles,
    identity.service_roles,
  ]);
}
