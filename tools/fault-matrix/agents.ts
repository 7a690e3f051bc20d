/** The machines of nodes that are deployed by an agent: switched by the driver's files, reached over one HTTP server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { closeNow, listenOn } from "../../common/listen-on.ts";
import { Agent } from "./agent.ts";
import { type ApiPool, pause } from "./api-pool.ts";
import { changeMachine, readMachine } from "./machine-file.ts";

const LOOK_MS = 200;

interface Running {
  readonly starts: number;
  /** Null: it runs what is on its disk. */
  readonly agent: Agent | null;
}

export class Agents implements AsyncDisposable {
  /** Base URL of the server. */
  readonly url: string;
  readonly #server: Server;
  readonly #api: ApiPool;
  readonly #stepLog: string;
  readonly #running = new Map<string, Running>();
  readonly #looking: Promise<void>;
  #stopped = false;

  private constructor(server: Server, url: string, nodes: readonly string[], api: ApiPool, stepLog: string) {
    this.#server = server;
    this.url = url;
    this.#api = api;
    this.#stepLog = stepLog;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response));
    this.#looking = this.#lookOn(nodes);
  }

  static async start(nodes: readonly string[], api: ApiPool, stepLog: string): Promise<Agents> {
    const server = createServer();
    return new Agents(server, (await listenOn(server, "127.0.0.1", 0)).url, nodes, api, stepLog);
  }

  /** Image that is told to be written: the conductor asks whether it is there. */
  get image(): string {
    return `${this.url}/image`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#looking;
    for (const { agent } of this.#running.values()) agent?.[Symbol.dispose]();
    await closeNow(this.#server);
  }

  async #lookOn(nodes: readonly string[]): Promise<void> {
    while (!this.#stopped) {
      for (const node of nodes) this.#look(node);
      await pause(LOOK_MS);
    }
  }

  #look(node: string): void {
    const { power, boots, starts } = readMachine(this.#stepLog, node);
    const running = this.#running.get(node);
    if (power === "power on" && running?.starts === starts) return;
    running?.agent?.[Symbol.dispose]();
    this.#running.delete(node);
    if (power === "power off") return;
    const deps = {
      api: this.#api,
      stepLog: this.#stepLog,
      url: `${this.url}/${node}`,
      shutDown: () => changeMachine(this.#stepLog, node, { power: "power off" }),
    };
    this.#running.set(node, { starts, agent: boots === "ramdisk" ? new Agent(node, deps) : null });
  }

  /** Where no agent runs nothing answers: the connection is cut. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    if (url.pathname === "/image") return void response.setHeader("content-length", "1000000").end();
    const [, node = "", ...path] = url.pathname.split("/");
    const agent = this.#running.get(node)?.agent;
    let body = "";
    for await (const chunk of request) body += chunk;
    if (!agent) return void request.socket.destroy();
    const [status, answer] = await agent.answer(request.method ?? "GET", `/${path.join("/")}`, url.searchParams, body);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }
}
