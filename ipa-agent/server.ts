/**
 * The command server: HTTPS (or HTTP) on the agent's port, routes and error shapes of contract/agent-api.json,
 * command_server. The token is checked before a body is read.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { type AgentFault, TOKEN_PARAM, WAIT_PARAM } from "../common/agent-protocol.ts";
import { isJsonObject } from "../common/json.ts";
import { type CommandBoard, CommandRefused } from "./commands/command-board.ts";
import { reasonText } from "./errors.ts";

export interface ServerOptions {
  readonly board: CommandBoard;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Null: plain HTTP. */
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    readonly minVersion: "TLSv1.2" | "TLSv1.3";
    readonly ciphers: string | null;
  } | null;
  /** Null: no token is known and none asked (services before 1.62). */
  readonly token: string | null;
  readonly version: string;
  readonly startedAt: number;
}

export interface CommandServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A config drive comes inside a command as base64 of at most 64 MiB. */
const BODY_LIMIT = 96 * 1024 * 1024;

export async function startServer(options: ServerOptions): Promise<CommandServer> {
  const handle = (request: http.IncomingMessage, response: http.ServerResponse) => {
    answer(request, options).then(
      (reply) => send(response, reply.status, reply.body),
      (error: unknown) => {
        const status = error instanceof CommandRefused ? error.status : 500;
        send(response, status, fault(status, reasonText(error)));
      },
    );
  };
  const server = createServer(options, handle);
  server.requestTimeout = 300_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createServer(options: ServerOptions, handle: http.RequestListener): http.Server {
  if (options.tls === null) return http.createServer(handle);
  const { cert, key, minVersion, ciphers } = options.tls;
  return https.createServer({ cert, key, minVersion, ...(ciphers === null ? {} : { ciphers }) }, handle);
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

async function answer(request: http.IncomingMessage, options: ServerOptions): Promise<Reply> {
  const url = new URL(request.url ?? "/", "http://agent");
  const path = url.pathname.replace(/^\/v1(?=\/|$)/, "").replace(/\/+$/, "");
  const method = request.method ?? "GET";
  if (path === "" && method === "GET")
    return { status: 200, body: url.pathname.startsWith("/v1") ? apiDocument() : root() };
  if (path === "/status" && method === "GET") {
    return { status: 200, body: { started_at: options.startedAt, version: options.version } };
  }
  const command = /^\/commands(?:\/([^/]+))?$/.exec(path);
  if (command === null) throw new CommandRefused(404, `Not found: ${url.pathname}`);
  if (!tokenMatches(options.token, url.searchParams.get(TOKEN_PARAM))) {
    throw new CommandRefused(401, "Token invalid: the query parameter agent_token is missing or wrong");
  }
  const wait = /^(true|1|yes|on)$/i.test(url.searchParams.get(WAIT_PARAM) ?? "");
  const [, id] = command;
  if (method === "GET") {
    return {
      status: 200,
      body: id === undefined ? { commands: options.board.list() } : await options.board.get(id, wait),
    };
  }
  if (method !== "POST" || id !== undefined)
    throw new CommandRefused(405, `${method} is not allowed on ${url.pathname}`);
  const { name, params } = commandOf(await readBody(request));
  return { status: 200, body: await options.board.execute(name, params, wait) };
}

function commandOf(text: string) {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new CommandRefused(400, "Invalid request body: it is not JSON");
  }
  if (!isJsonObject(body) || typeof body.name !== "string") {
    throw new CommandRefused(400, "Invalid request body: name is missing or no text");
  }
  const params = body.params ?? {};
  if (!isJsonObject(params)) throw new CommandRefused(400, "Invalid request body: params is no object");
  return { name: body.name, params };
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > BODY_LIMIT) throw new CommandRefused(413, `Invalid request body: larger than ${BODY_LIMIT} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function tokenMatches(token: string | null, given: string | null): boolean {
  if (token === null) return true;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(token), digest(given ?? ""));
}

function fault(status: number, text: string): AgentFault {
  return { faultcode: status < 500 ? "Client" : "Server", faultstring: text };
}

function send(response: http.ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function root(): object {
  const v1 = { id: "v1", links: [{ href: "/v1/", rel: "self" }] };
  return {
    name: "ferric-agent",
    description: "Deploy agent of a bare-metal service",
    versions: [v1],
    default_version: v1,
  };
}

function apiDocument(): object {
  const link = (path: string) => [{ href: `/v1/${path}/`, rel: "self" }];
  return { id: "v1", links: [{ href: "/v1/", rel: "self" }], commands: link("commands"), status: link("status") };
}
