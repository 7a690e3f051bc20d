/** A viewer of the RFB protocol over a web socket, as a browser with noVNC is one. */
import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";

export interface Screen {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

export class RfbViewer {
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  #buffered = Buffer.alloc(0);
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = once(socket, "close").then(([code]) => Number(code));
    socket.on("error", () => {});
    socket.on("message", (bytes: Buffer) => {
      this.#buffered = Buffer.concat([this.#buffered, bytes]);
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  /** @throws Error with the answer when the proxy refuses */
  static async open(url: string, options: ClientOptions = {}): Promise<RfbViewer> {
    const made = await tryOpen(url, options);
    if (made instanceof RfbViewer) return made;
    throw new Error(`refused with ${made.status}: ${made.text}`);
  }

  /** Null when it was let in. */
  static async refusal(url: string, options: ClientOptions = {}): Promise<Refusal | null> {
    const made = await tryOpen(url, options);
    if (!(made instanceof RfbViewer)) return made;
    made.socket.terminate();
    return null;
  }

  static of(socket: WebSocket): RfbViewer {
    return new RfbViewer(socket);
  }

  /** Takes no security (RFC 6143, 7.1 to 7.3), and asks for the screen to be shared. */
  async handshake(): Promise<Screen> {
    const version = await this.take(12);
    this.socket.send(version);
    const [count = 0] = await this.take(1);
    const types = await this.take(count);
    if (!types.includes(1)) throw new Error(`security types ${[...types].join(", ")}: none is missing`);
    this.socket.send(Buffer.from([1]));
    const result = (await this.take(4)).readUInt32BE();
    if (result !== 0) throw new Error(`the server refused: ${result}`);
    this.socket.send(Buffer.from([1]));
    const head = await this.take(24);
    const name = (await this.take(head.readUInt32BE(20))).toString();
    return { name, width: head.readUInt16BE(0), height: head.readUInt16BE(2) };
  }

  /** Asks for all of the screen and takes the head of the first rectangle. */
  async picture({ width, height }: Screen): Promise<{ readonly width: number; readonly height: number }> {
    const ask = Buffer.alloc(10);
    ask.writeUInt8(3);
    ask.writeUInt16BE(width, 6);
    ask.writeUInt16BE(height, 8);
    this.socket.send(ask);
    const head = await this.take(16);
    return { width: head.readUInt16BE(8), height: head.readUInt16BE(10) };
  }

  /** @throws Error when the socket closes before `count` bytes are there */
  async take(count: number): Promise<Buffer> {
    while (this.#buffered.length < count) {
      if (this.socket.readyState !== WebSocket.OPEN) throw new Error("the web socket is closed");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffered.subarray(0, count);
    this.#buffered = this.#buffered.subarray(count);
    return taken;
  }
}

function tryOpen(url: string, options: ClientOptions): Promise<RfbViewer | Refusal> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: 20_000, ...options });
    // Listens from the beginning: the server's greeting may come with the answer.
    const viewer = RfbViewer.of(socket);
    socket.once("open", () => resolve(viewer));
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers["retry-after"] }),
      );
    });
  });
}
