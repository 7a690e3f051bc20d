/** A TCP proxy on loopback that can hold every byte back for a while, in order, in each direction. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { listening } from "../../spec/support/loopback.ts";

export class DelayProxy implements AsyncDisposable {
  /** Milliseconds added to a round trip; half of it each way. */
  roundTrip = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, connect(target, "127.0.0.1")));
  }

  static async to(target: number): Promise<DelayProxy> {
    const proxy = new DelayProxy(target);
    proxy.#port = await listening(proxy.#server);
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #join(client: Socket, server: Socket): void {
    this.#carry(client, server);
    this.#carry(server, client);
  }

  #carry(from: Socket, to: Socket): void {
    from.setNoDelay(true);
    this.#sockets.add(from);
    from.on("data", (data) => this.#later(() => to.writable && to.write(data)));
    from.on("end", () => this.#later(() => to.end()));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      this.#later(() => to.destroy());
    });
  }

  /** Timers of one length fire in the order in which they were set; a shorter one must not overtake. */
  #queue: { readonly at: number; readonly action: () => unknown }[] = [];
  #timer: NodeJS.Timeout | null = null;

  #later(action: () => unknown): void {
    if (this.roundTrip === 0 && this.#queue.length === 0) {
      action();
      return;
    }
    this.#queue.push({ at: performance.now() + this.roundTrip / 2, action });
    this.#arm();
  }

  #arm(): void {
    const first = this.#queue[0];
    if (first === undefined || this.#timer !== null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        while ((this.#queue[0]?.at ?? Number.POSITIVE_INFINITY) <= performance.now()) this.#queue.shift()?.action();
        this.#arm();
      },
      Math.max(0, first.at - performance.now()),
    );
  }
}
