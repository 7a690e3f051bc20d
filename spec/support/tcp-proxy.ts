/** Stands between a client and a server on loopback: delays what passes, or cuts the line where a test wants it. */
import { connect, createServer, type Socket } from "node:net";
import { listening } from "./loopback.ts";

/** What to do with a chunk: let it pass; cut the line instead; let it pass and cut the line before any answer. */
export type Decision = "pass" | "cut" | "pass and cut";

export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  /** Asked about each chunk that the client sends. */
  decide: (chunk: Buffer) => Decision = () => "pass";
  /** Milliseconds that each chunk takes, each way. */
  delayMs = 0;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();

  private constructor(server: ReturnType<typeof createServer>, port: number, targets: readonly number[]) {
    this.port = port;
    this.#server = server;
    let served = 0;
    server.on("connection", (client) => this.#serve(client, targets[served++ % targets.length] ?? 0));
  }

  /** Of several ports, each connection gets the next. */
  static async before(...targets: readonly number[]): Promise<TcpProxy> {
    const server = createServer();
    return new TcpProxy(server, await listening(server), targets);
  }

  /** Cuts all lines there are; new ones may come. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket, target: number): void {
    const server = connect(target, "127.0.0.1");
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("close", cut).on("error", cut);
    }
    let isDeaf = false;
    client.on("data", (chunk: Buffer) => {
      const decision = this.decide(chunk);
      if (decision === "cut") return cut();
      if (decision === "pass and cut") isDeaf = true;
      this.#later(() => server.write(chunk));
    });
    server.on("data", (chunk: Buffer) => (isDeaf ? cut() : this.#later(() => client.write(chunk))));
  }

  readonly #kept: { readonly at: number; readonly send: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** In order, also when the delay has become shorter. */
  #later(send: () => void): void {
    if (this.delayMs === 0 && this.#kept.length === 0) send();
    else {
      this.#kept.push({ at: performance.now() + this.delayMs, send });
      this.#sendOn();
    }
  }

  #sendOn(): void {
    const next = this.#kept[0];
    if (next === undefined || this.#timer !== null) return;
    const wait = Math.max(0, next.at - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      while ((this.#kept[0]?.at ?? Number.POSITIVE_INFINITY) <= performance.now()) this.#kept.shift()?.send();
      this.#sendOn();
    }, wait);
  }
}
