/** A line that gets cut: TCP to another port, broken off before what is sent arrives, or after the answer has set out. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export type Cut = "before" | "after" | null;

export class CuttingProxy implements AsyncDisposable {
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, cut: (sent: Buffer) => Cut) {
    this.#server = createServer((near) => this.#join(near, connect(port, "127.0.0.1"), cut));
  }

  /** `cut` is asked of each piece that is sent; the request line begins one, where nothing is encrypted. */
  static async start(port: number, cut: (sent: Buffer) => Cut): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(port, cut);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }

  #join(near: Socket, far: Socket, cut: (sent: Buffer) => Cut): void {
    let answerIsCut = false;
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    near.on("data", (sent) => {
      const now = cut(sent);
      if (now !== null) this.cuts++;
      if (now === "before") return end();
      answerIsCut ||= now === "after";
      far.write(sent);
    });
    far.on("data", (answer) => (answerIsCut ? end() : void near.write(answer)));
  }
}
