/** A TCP proxy that delays every byte each way, and that can cut the connections it has. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { listening } from "./loopback.ts";

export class SlowProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;

  private constructor(target: number, delayMs: number) {
    this.#server = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      this.#pass(near, far, delayMs);
      this.#pass(far, near, delayMs);
    });
  }

  /** `delayMs` each way. */
  static async start(target: number, delayMs: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(target, delayMs);
    proxy.port = await listening(proxy.#server);
    return proxy;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }

  #pass(from: Socket, to: Socket, delayMs: number): void {
    this.#sockets.add(from);
    from.on("data", (data) => setTimeout(() => to.writable && to.write(data), delayMs));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
