/** Who a caller has proved to be: what authentication finds out and policies ask. Words are Keystone's. */
export interface Identity {
  readonly user_id: string;
  /** For logs and audit; an id where the source knows no name. */
  readonly user_name: string;
  /** Domain in which the user is. */
  readonly user_domain_id: string | null;
  /** Of a project-scoped token. */
  readonly project_id: string | null;
  readonly project_name: string | null;
  /** Domain of that project. */
  readonly project_domain_id: string | null;
  /** Of a domain-scoped token. */
  readonly domain_id: string | null;
  /** "all" for a system-scoped token. */
  readonly system_scope: "all" | null;
  /** Lower case, as the source lists them (Keystone lists implied roles too). */
  readonly roles: readonly string[];
  /** Roles of the service token that came with the request (X-Service-Token); empty without one. */
  readonly service_roles: readonly string[];
}

/** Nobody in particular: on paths that are open to all while others ask who calls. Rules that need a role refuse it. */
export const ANONYMOUS: Identity = {
  user_id: "",
  user_name: "",
  user_domain_id: null,
  project_id: null,
  project_name: null,
  project_domain_id: null,
  domain_id: null,
  system_scope: null,
  roles: [],
  service_roles: [],
};
