/** The ramdisks of all virtual machines behind one HTTP(S) server: each has a path of its own. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { closeNow, listenOn } from "../../../common/listen-on.ts";
import { makeCertificate } from "../../../ipa-agent/tls/self-signed.ts";
import type { BootSource, Guest, Machine } from "../machine.ts";
import { type AgentSettings, VirtualAgent } from "./agent.ts";

const NETWORK_TARGETS = ["Pxe", "UefiHttp", "Cd", "RemoteCd"];

export class Agents {
  /** Base URL of the server; the machine's number follows. */
  readonly url: string;
  readonly #settings: AgentSettings;
  readonly #server: Server;
  readonly #certificate: string | null;
  readonly #running = new Map<number, VirtualAgent>();

  private constructor(server: Server, url: string, settings: AgentSettings, certificate: string | null) {
    this.#server = server;
    this.#settings = settings;
    this.#certificate = certificate;
    this.url = url;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** @param isEncrypted whether the conductor talks to them over TLS, with a certificate made now */
  static async start(settings: AgentSettings, isEncrypted: boolean): Promise<Agents> {
    const request = { curve: "P-256", commonName: "127.0.0.1", names: ["127.0.0.1"] } as const;
    const tls = isEncrypted ? makeCertificate(request) : null;
    const server = tls === null ? createHttpServer() : createHttpsServer(tls);
    const { url } = await listenOn(server, "127.0.0.1", 0);
    return new Agents(server, url, settings, tls?.cert ?? null);
  }

  /** What runs on the machine now; null: its disk's system, of which nothing is heard. */
  boots(machine: Machine, source: BootSource): Guest | null {
    if (!NETWORK_TARGETS.includes(source.target)) return null;
    const deps = { settings: this.#settings, url: `${this.url}/${machine.index}`, certificate: this.#certificate };
    const agent = new VirtualAgent(machine, source, deps);
    this.#running.set(machine.index, agent);
    return {
      stop: () => {
        agent.stop();
        if (this.#running.get(machine.index) === agent) this.#running.delete(machine.index);
      },
      pressed: () => agent.pressed(),
    };
  }

  async stop(): Promise<void> {
    for (const agent of this.#running.values()) agent.stop();
    await closeNow(this.#server);
  }

  /** Where no agent runs nothing answers: the connection is cut. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const [, number = "", ...rest] = url.pathname.split("/");
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const agent = this.#running.get(Number(number));
    if (agent === undefined) return void request.socket.destroy();
    const body = Buffer.concat(parts).toString("utf8");
    const [status, answer] = await agent.answer(request.method ?? "GET", `/${rest.join("/")}`, url.searchParams, body);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }
}
