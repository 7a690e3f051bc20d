/** Fills a Keystone for tests by its own API: projects, users with roles, the service's own user, a catalog. */
import type { KeystoneServer } from "./keystone-server.ts";
import { ADMIN_PASSWORD } from "./keystone-server.ts";

export const SERVICE_PASSWORD = "planted-service-password";
export const USER_PASSWORD = "planted-user-password";

type Scope = { readonly project: string } | { readonly domain: string } | "system" | "none";

export interface Person {
  readonly name: string;
  readonly project: string;
  readonly role: string;
}

const DEFAULT_DOMAIN = { id: "default" };

export class KeystoneAccounts {
  readonly #url: string;
  #token = "";
  readonly projects = new Map<string, string>();
  readonly users = new Map<string, string>();
  readonly #roles = new Map<string, string>();

  constructor(keystone: KeystoneServer) {
    this.#url = `${keystone.url}/v3`;
  }

  /** The service's user, these people, and `endpoint` in the catalog. */
  async fill(people: readonly Person[], endpoint: string): Promise<void> {
    await this.#asAdmin();
    const { roles } = await this.#call<{ roles: { id: string; name: string }[] }>("GET", "/roles");
    for (const { id, name } of roles) this.#roles.set(name, id);
    for (const person of [{ name: "ironic", project: "service", role: "service" }, ...people]) await this.#add(person);
    await this.#asAdmin();
    const { service } = await this.#call<{ service: { id: string } }>("POST", "/services", {
      service: { type: "baremetal", name: "ferric" },
    });
    await this.#call("POST", "/endpoints", {
      endpoint: { interface: "public", service_id: service.id, url: endpoint, region: null },
    });
  }

  /** Tokens of a test live for seconds; so does the administrator's. */
  async #asAdmin(): Promise<void> {
    this.#token = await this.login("admin", ADMIN_PASSWORD, "system");
  }

  async #add({ name, project, role }: Person): Promise<void> {
    await this.#asAdmin();
    if (!this.projects.has(project)) {
      const made = await this.#call<{ project: { id: string } }>("POST", "/projects", {
        project: { name: project, domain_id: "default" },
      });
      this.projects.set(project, made.project.id);
    }
    const password = name === "ironic" ? SERVICE_PASSWORD : USER_PASSWORD;
    const { user } = await this.#call<{ user: { id: string } }>("POST", "/users", {
      user: { name, domain_id: "default", password },
    });
    this.users.set(name, user.id);
    await this.#call("PUT", `/projects/${this.projects.get(project)}/users/${user.id}/roles/${this.#roles.get(role)}`);
  }

  /** Of a domain. */
  async grant(name: string, domain: string, role: string): Promise<void> {
    await this.#asAdmin();
    await this.#call("PUT", `/domains/${domain}/users/${this.users.get(name)}/roles/${this.#roles.get(role)}`);
  }

  /** A token. */
  async login(name: string, password: string, scope: Scope): Promise<string> {
    const user = { name, domain: DEFAULT_DOMAIN, password };
    return await this.#newToken({
      identity: { methods: ["password"], password: { user } },
      ...(scope === "system" && { scope: { system: { all: true } } }),
      ...(typeof scope === "object" &&
        "project" in scope && { scope: { project: { name: scope.project, domain: DEFAULT_DOMAIN } } }),
      ...(typeof scope === "object" && "domain" in scope && { scope: { domain: { id: scope.domain } } }),
      ...(scope === "none" && { scope: "unscoped" }),
    });
  }

  async loginByCredential(credential: { readonly id: string; readonly secret: string }): Promise<string> {
    return await this.#newToken({
      identity: { methods: ["application_credential"], application_credential: credential },
    });
  }

  async #newToken(auth: object): Promise<string> {
    const answer = await this.#send("POST", "/auth/tokens?nocatalog", { auth }, {});
    if (answer.status !== 201) throw new Error(`login answered ${answer.status}: ${await answer.text()}`);
    return answer.headers.get("x-subject-token") ?? "";
  }

  /** Of the user whose `token` it is. */
  async applicationCredential(token: string, user: string, more: object): Promise<{ id: string; secret: string }> {
    const path = `/users/${this.users.get(user)}/application_credentials`;
    const body = { application_credential: { name: crypto.randomUUID(), ...more } };
    const answer = await this.#send("POST", path, body, { "x-auth-token": token });
    if (answer.status !== 201) throw new Error(`application credential: ${await answer.text()}`);
    return ((await answer.json()) as { application_credential: { id: string; secret: string } }).application_credential;
  }

  async revoke(token: string): Promise<void> {
    await this.#send("DELETE", "/auth/tokens", undefined, { "x-auth-token": token, "x-subject-token": token });
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#send(method, path, body, { "x-auth-token": this.#token });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  #send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  }
}
