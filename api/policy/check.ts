/** What a policy rule says, once it is read: a tree of checks on the caller's credentials and on the record in question. */

/** What of a record rules may speak of, by the names that oslo.policy gives them. */
export const TARGET_FIELDS = ["node.owner", "node.lessee", "allocation.owner", "runbook.owner"] as const;
export type TargetField = (typeof TARGET_FIELDS)[number];

/** The kind of record a rule is about; null: none, the caller alone decides. */
export type TargetKind = "node" | "allocation" | "runbook" | null;

/** What of a caller rules may speak of. Source: the credentials that oslo.context gives to oslo.policy. */
export const CREDENTIALS = [
  "user_id",
  "user_name",
  "project_id",
  "project_name",
  "domain_id",
  "system_scope",
  "roles",
  "service_roles",
  "is_admin",
  "is_admin_project",
  "is_public_api",
  "user_domain_id",
  "project_domain_id",
] as const;
export type Credential = (typeof CREDENTIALS)[number];

/** The right side of `left:right`, a word or a name in `%(...)s`. */
export type Match =
  | { readonly is: string }
  | { readonly field: TargetField }
  | { readonly credential: Credential }
  /** A value of the configuration, known when the rule is asked. */
  | { readonly setting: typeof SERVICE_PROJECT };

/** `%(config.service_project_name)s`: the project whose services have elevated access; nothing while that is off. */
export const SERVICE_PROJECT = "config.service_project_name";

export type Check =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "all" | "any"; readonly parts: readonly Check[] }
  | { readonly kind: "not"; readonly part: Check }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "role"; readonly name: string }
  | { readonly kind: "credential"; readonly left: Credential; readonly match: Match }
  | { readonly kind: "literal"; readonly left: string; readonly match: Match };

export const ALWAYS: Check = { kind: "constant", value: true };
export const NEVER: Check = { kind: "constant", value: false };

/** Names of the rules that `check` refers to. */
export function references(check: Check): readonly string[] {
  if (check.kind === "rule") return [check.name];
  if (check.kind === "not") return references(check.part);
  return check.kind === "all" || check.kind === "any" ? check.parts.flatMap(references) : [];
}
