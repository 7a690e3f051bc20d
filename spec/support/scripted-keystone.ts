/** A Keystone of a test's own making, for what a real one does not do on request: to hang, to talk nonsense, to refuse us. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { ConfigOverrides } from "../../common/config/config.ts";

export const OWN_PASSWORD = "planted-own-password";

/** PEM. */
interface Certificate {
  readonly cert: string;
  readonly key: string;
}

type Mood = "well" | "hang" | "garbage" | "broken" | "forbids" | "refuses login" | "redirects";

export interface TokenSketch {
  readonly user?: string;
  readonly roles?: readonly string[];
  readonly project?: string;
  readonly domain?: string;
  /** Unless there is a project. */
  /** Unless there is a project. */
  /** By default where there is no project. */
  readonly system?: boolean;
  /** Seconds from now; an hour when absent. */
  readonly seconds?: number;
  readonly access_rules?: readonly object[];
}

export class ScriptedKeystone implements AsyncDisposable {
  mood: Mood = "well";
  /** Questions about tokens that arrived, by token. */
  readonly questions: string[] = [];
  logins = 0;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #tokens = new Map<string, { body: object; expiresAt: number }>();
  readonly #own = new Set<string>();

  private constructor(tls: Certificate | null) {
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server = tls === null ? createServer(answer) : createTlsServer(tls, answer);
    this.#scheme = tls === null ? "http" : "https";
  }

  static async start(port = 0, tls: Certificate | null = null): Promise<ScriptedKeystone> {
    const keystone = new ScriptedKeystone(tls);
    await new Promise<void>((resolve) => keystone.#server.listen(port, "127.0.0.1", resolve));
    return keystone;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Settings of an API that asks this one. */
  settings(more: ConfigOverrides["keystone_authtoken"] = {}): ConfigOverrides {
    return {
      DEFAULT: { auth_strategy: "keystone" },
      keystone_authtoken: {
        auth_url: `${this.#scheme}://127.0.0.1:${this.port}`,
        www_authenticate_uri: "http://keystone.example:5000",
        username: "ironic",
        password: OWN_PASSWORD,
        user_domain_name: "Default",
        project_name: "service",
        project_domain_name: "Default",
        ...more,
      },
    };
  }

  /** Returns `id`. */
  issue(id: string, sketch: TokenSketch = {}): string {
    const {
      user = "alice",
      roles = ["admin", "manager", "member", "reader"],
      project,
      domain,
      system = project === undefined,
      seconds = 3600,
      access_rules,
    } = sketch;
    const expiresAt = Date.now() + seconds * 1000;
    const token = {
      expires_at: new Date(expiresAt).toISOString(),
      user: { id: `id-${user}`, name: user },
      roles: roles.map((name) => ({ id: `id-${name}`, name })),
      ...(project !== undefined && { project: { id: project, name: `name-${project}` } }),
      ...(domain !== undefined && { domain: { id: domain } }),
      ...(system && { system: { all: true } }),
      ...(access_rules !== undefined && { application_credential: { id: "a", access_rules } }),
    };
    this.#tokens.set(id, { body: { token }, expiresAt });
    return id;
  }

  revoke(id: string): void {
    this.#tokens.delete(id);
  }

  /** As after a change of its keys. */
  forgetOwn(): void {
    this.#own.clear();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const asksAbout = request.headers["x-subject-token"];
    if (request.method === "GET") this.questions.push(String(asksAbout));
    else this.logins++;
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    };
    if (this.mood === "hang") return;
    if (this.mood === "garbage") return void response.end("<html>not Keystone</html>");
    if (this.mood === "broken") return reply(500, { error: { code: 500 } });
    if (this.mood === "redirects") return reply(302, {}, { location: "http://127.0.0.1:1/v3/auth/tokens" });
    if (request.method === "POST") return this.#logIn(Buffer.concat(parts).toString(), reply);
    if (!this.#own.has(String(request.headers["x-auth-token"]))) return reply(401, { error: { code: 401 } });
    if (this.mood === "forbids") return reply(403, { error: { code: 403 } });
    const found = this.#tokens.get(String(asksAbout));
    const valid = found !== undefined && (found.expiresAt > Date.now() || request.url?.includes("allow_expired=1"));
    if (!valid || found === undefined) return reply(404, { error: { code: 404 } });
    reply(200, found.body);
  }

  #logIn(body: string, reply: (status: number, body: unknown, headers?: Record<string, string>) => void): void {
    if (this.mood === "refuses login" || !body.includes(OWN_PASSWORD)) {
      reply(401, { error: { code: 401 } });
      return;
    }
    const id = `own-${this.logins}`;
    this.#own.add(id);
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    reply(201, { token: { expires_at, user: { id: "id-ironic", name: "ironic" } } }, { "x-subject-token": id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
