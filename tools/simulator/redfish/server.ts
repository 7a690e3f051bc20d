/** Listens for the Redfish faces of many machines with one HTTP server: a listening socket each, and nothing more. */

import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createListener, type Server as Listener, type Socket } from "node:net";
import type { Machine } from "../machine.ts";
import type { Reply } from "./exchange.ts";
import { RedfishService, type Request } from "./service.ts";

const MOST_BODY = 1024 * 1024;
const IDLE_MS = 60_000;
/** Connections that wait to be taken, per machine. */
const BACKLOG = 64;

export interface RedfishServerOptions {
  /** PEM; HTTP when absent. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answers something else than the service: a recording. Null: nothing to say about this one. */
  readonly override?: (machine: Machine, request: string) => Reply | null;
}

export class RedfishServer {
  readonly service = new RedfishService();
  readonly #server: Server;
  readonly #listeners: Listener[] = [];
  readonly #machines = new Map<string, Machine>();
  readonly #sockets = new Set<Socket>();
  readonly #scheme: "http" | "https";
  readonly #override: RedfishServerOptions["override"];

  constructor({ tls, override }: RedfishServerOptions = {}) {
    this.#override = override;
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
    this.#server.keepAliveTimeout = IDLE_MS;
    this.#server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
    this.#server.on("clientError", (_, socket) => socket.destroy());
  }

  /** @returns its port. @throws when the address cannot be had */
  async listen(machine: Machine, port = 0, address = "127.0.0.1"): Promise<number> {
    const listener = createListener((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      this.#server.emit("connection", socket);
    });
    listener.listen({ port, host: address, backlog: BACKLOG });
    await once(listener, "listening");
    const { port: own } = listener.address() as AddressInfo;
    this.#machines.set(`${address} ${own}`, machine);
    this.#listeners.push(listener);
    return own;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#listeners.map((listener) => new Promise((closed) => listener.close(closed))));
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { localAddress, localPort } = request.socket;
    const machine = this.#machines.get(`${localAddress} ${localPort}`);
    if (machine === undefined) return void request.socket.destroy();
    const text = await bodyText(request);
    const { conditions, world } = machine;
    const { hangs, loss, answerLoss, latencyMs, jitterMs } = conditions;
    // A controller that hangs takes connections and requests, and says nothing.
    if (hangs) return;
    if (text === null || (loss > 0 && world.random() < loss)) return void request.socket.destroy();
    const asked: Request = {
      ...{ method: request.method ?? "GET", target: request.url ?? "/", headers: request.headers, text },
      origin: `${this.#scheme}://${request.headers.host ?? `${localAddress}:${localPort}`}`,
    };
    const reply = this.#reply(machine, asked);
    if (answerLoss > 0 && world.random() < answerLoss) return void request.socket.destroy();
    const wait = latencyMs + (jitterMs > 0 ? jitterMs * world.random() : 0);
    if (wait > 0) await new Promise((waited) => setTimeout(waited, wait).unref());
    send(response, reply, asked.method);
  }

  #reply(machine: Machine, asked: Request): Reply {
    const words = requestText(asked);
    const { conditions, world } = machine;
    const isRefused = conditions.failures > 0 && world.random() < conditions.failures;
    const busy: Reply = { status: 503, headers: { "retry-after": "1" } };
    const reply = this.#override?.(machine, words) ?? (isRefused ? busy : this.service.answer(machine, asked));
    world.recorder?.write(machine.index, "redfish", words, JSON.stringify(withoutToken(reply)));
    return reply;
  }
}

/** As a recording names it: without passwords. */
function requestText({ method, target, text }: Request): string {
  const masked = text.replace(/("(?:Password|OldPassword|NewPassword)"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"***"');
  return `${method} ${target} ${masked}`.trim();
}

function withoutToken(reply: Reply): Reply {
  if (reply.headers?.["x-auth-token"] === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, "x-auth-token": "***" } };
}

async function bodyText(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MOST_BODY) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function send(response: ServerResponse, { status, body, headers }: Reply, method: string): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, {
    "odata-version": "4.0",
    "cache-control": "no-cache",
    ...(text === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(method === "HEAD" ? undefined : text);
}
