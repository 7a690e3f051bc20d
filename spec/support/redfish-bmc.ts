/** A BMC that speaks Redfish over real sockets, for tests: a tree of resources, sessions, and faults on demand. */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { Bmc } from "../../drivers/redfish/client/bmc.ts";

export interface Seen {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: JsonObject | null;
}

/** Answers, or says with false that it has not. */
export type Handler = (seen: Seen, response: ServerResponse) => boolean | Promise<boolean>;

export interface TestBmcOptions {
  /** Certificate and key (PEM): the BMC speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Null: it wants no login. */
  readonly login?: { readonly username: string; readonly password: string } | null;
  /** Whether it has a session service. */
  readonly sessions?: boolean;
}

export const LOGIN = { username: "admin", password: "s3cret-word" } as const;
const ROOT = "/redfish/v1/";

export class TestBmc implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly resources = new Map<string, JsonObject>();
  /** Open sessions, by token. */
  readonly sessions = new Set<string>();
  /** Asked first, the newest first. */
  readonly #handlers: Handler[] = [];
  readonly #options: TestBmcOptions;
  readonly #server: http.Server | https.Server;
  readonly #sockets = new Set<Socket>();
  connections = 0;
  #tokens = 0;

  private constructor(options: TestBmcOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = options.tls === undefined ? http.createServer(answer) : https.createServer(options.tls, answer);
    this.#server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    this.#fill();
  }

  static async start(options: TestBmcOptions = {}): Promise<TestBmc> {
    const bmc = new TestBmc(options);
    await new Promise<void>((resolve) => bmc.#server.listen(0, "127.0.0.1", resolve));
    return bmc;
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  }

  /** How a client reaches it, quick to give up. */
  bmc(more: Partial<Bmc> = {}): Bmc {
    return {
      origin: this.origin,
      root: ROOT,
      ...LOGIN,
      auth: "auto",
      tls: {},
      connectMs: 2000,
      answerMs: 2000,
      attempts: 3,
      retryMs: 20,
      ...more,
    };
  }

  /** As driver_info of a node. */
  driverInfo(more: JsonObject = {}): JsonObject {
    return {
      redfish_address: this.origin,
      redfish_username: LOGIN.username,
      redfish_password: LOGIN.password,
      ...more,
    };
  }

  on(handler: Handler): void {
    this.#handlers.unshift(handler);
  }

  /** Answers one request, or as many as said, by `handler`. */
  once(handler: Handler, times = 1): void {
    let left = times;
    this.on(async (seen, response) => {
      if (left === 0 || seen.path.includes("SessionService")) return false;
      const done = await handler(seen, response);
      if (done) left--;
      return done;
    });
  }

  /** Requests but those of the login. */
  asked(method?: string): readonly string[] {
    return this.seen
      .filter((one) => (method === undefined || one.method === method) && !one.path.includes("SessionService"))
      .map((one) => `${one.method} ${one.path}`);
  }

  /** Changes a resource, merging objects. */
  change(path: string, changes: JsonObject): void {
    this.resources.set(path, merged(this.resources.get(path) ?? {}, changes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #fill(): void {
    const { sessions = true } = this.#options;
    const system = `${ROOT}Systems/1`;
    const all: Record<string, JsonObject> = {
      [ROOT]: {
        RedfishVersion: "1.15.0",
        Systems: { "@odata.id": `${ROOT}Systems` },
        Managers: { "@odata.id": `${ROOT}Managers` },
        ...(sessions ? { Links: { Sessions: { "@odata.id": `${ROOT}SessionService/Sessions` } } } : {}),
      },
      [`${ROOT}Systems`]: { Members: [{ "@odata.id": system }] },
      [system]: {
        "@odata.id": system,
        Id: "1",
        PowerState: "Off",
        Boot: {
          BootSourceOverrideTarget: "None",
          BootSourceOverrideEnabled: "Disabled",
          BootSourceOverrideMode: "UEFI",
        },
        Links: { ManagedBy: [{ "@odata.id": `${ROOT}Managers/1` }], Chassis: [{ "@odata.id": `${ROOT}Chassis/1` }] },
        Actions: { "#ComputerSystem.Reset": { target: `${system}/Actions/ComputerSystem.Reset` } },
      },
      [`${ROOT}Managers`]: { Members: [{ "@odata.id": `${ROOT}Managers/1` }] },
      [`${ROOT}Managers/1`]: { "@odata.id": `${ROOT}Managers/1`, Id: "1", FirmwareVersion: "1.2.3" },
      [`${ROOT}Chassis/1`]: { "@odata.id": `${ROOT}Chassis/1`, Id: "1" },
    };
    for (const [path, json] of Object.entries(all)) this.resources.set(path, json);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = "GET", url = "/", headers } = request;
    const text = Buffer.concat(parts).toString();
    const body: unknown = text === "" ? null : JSON.parse(text);
    const seen: Seen = { method, path: url, headers, body: isJsonObject(body) ? body : null };
    this.seen.push(seen);
    for (const handler of this.#handlers) if (await handler(seen, response)) return;
    this.#answer(seen, response);
  }

  #answer(seen: Seen, response: ServerResponse): void {
    const [path = ""] = seen.path.split("?");
    const resource = this.resources.get(path);
    const session = `${ROOT}SessionService/Sessions`;
    if (path === session && seen.method === "POST") this.#login(seen, response);
    else if (path !== ROOT && !this.#isKnown(seen))
      reply(response, 401, { error: { code: "Base.1.0.NoValidSession" } });
    else if (path.startsWith(`${session}/`) && seen.method === "DELETE") {
      this.sessions.delete(String(seen.headers["x-auth-token"]));
      reply(response, 204, null);
    } else if (resource === undefined) reply(response, 404, { error: { code: "Base.1.0.ResourceMissingAtURI" } });
    else {
      if (seen.method === "PATCH") this.change(path, seen.body ?? {});
      const status = seen.method === "GET" || seen.method === "PATCH" ? 200 : 405;
      reply(response, status, this.resources.get(path) ?? {});
    }
  }

  #login(seen: Seen, response: ServerResponse): void {
    const { login = LOGIN, sessions = true } = this.#options;
    const isRight = seen.body?.UserName === login?.username && seen.body?.Password === login?.password;
    if (!sessions) reply(response, 404, {});
    else if (!isRight) reply(response, 401, { error: { code: "Base.1.0.UnauthorizedLoginAttempt" } });
    else {
      const token = `token-${++this.#tokens}`;
      this.sessions.add(token);
      const path = `${ROOT}SessionService/Sessions/${this.#tokens}`;
      reply(response, 201, { "@odata.id": path }, { "X-Auth-Token": token, Location: path });
    }
  }

  #isKnown({ headers }: Seen): boolean {
    const { login = LOGIN } = this.#options;
    if (login === null) return true;
    const token = headers["x-auth-token"];
    if (typeof token === "string") return this.sessions.has(token);
    const basic = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    return headers.authorization === `Basic ${basic}`;
  }
}

/** Answers what it is asked so. */
export function answering(status: number, body: Json = {}, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    reply(response, status, body, headers);
    return true;
  };
}

/** Breaks the connection off. */
export const hangingUp: Handler = (_, response) => {
  response.destroy();
  return true;
};

/** Leaves to others what does not fit. */
export function where(fits: (seen: Seen) => boolean, handler: Handler): Handler {
  return (seen, response) => fits(seen) && handler(seen, response);
}

export function reply(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(body === null ? undefined : JSON.stringify(body));
}

function merged(before: JsonObject, changes: JsonObject): JsonObject {
  const inner = Object.entries(changes).map(([key, value]) => {
    const old = before[key];
    return [key, isJsonObject(value) && isJsonObject(old) ? merged(old, value) : value];
  });
  return { ...before, ...Object.fromEntries(inner) };
}
