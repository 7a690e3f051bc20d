/** The least VNC server that a viewer opens (RFC 6143): it greets, asks for nothing, has a black screen, and notes what it hears. */
import { createServer, type Server, type Socket } from "node:net";
import { listening } from "./loopback.ts";

const GREETING = "RFB 003.008\n";

export type RfbManner =
  | "well"
  /** Accepts connections and says nothing. */
  | "silent"
  /** Refuses with a reason of which it claims 4 GiB, and goes on sending it. */
  | "endless reason";

export class RfbServer implements AsyncDisposable {
  readonly connections = new Set<Socket>();
  /** Bytes that viewers have sent behind the handshake. */
  readonly heard: Buffer[] = [];
  /** Bytes that were taken from it. */
  sent = 0;
  port = 0;
  readonly #server: Server;
  readonly #manner: RfbManner;

  private constructor(manner: RfbManner) {
    this.#manner = manner;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(manner: RfbManner = "well"): Promise<RfbServer> {
    const made = new RfbServer(manner);
    made.port = await listening(made.#server);
    return made;
  }

  /** To all viewers. */
  say(bytes: Buffer): void {
    for (const socket of this.connections) socket.write(bytes);
  }

  hangUp(): void {
    for (const socket of this.connections) socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #serve(socket: Socket): void {
    this.connections.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.connections.delete(socket));
    if (this.#manner === "silent") return;
    socket.write(GREETING);
    if (this.#manner === "endless reason") return void this.#complain(socket);
    const answers = [
      { wants: GREETING.length, says: Buffer.from([1, 1]) },
      { wants: 1, says: Buffer.alloc(4) },
      { wants: 1, says: serverInit("a console") },
    ];
    let got = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      got = Buffer.concat([got, bytes]);
      for (let [next] = answers; next !== undefined && got.length >= next.wants; [next] = answers) {
        got = got.subarray(next.wants);
        socket.write(next.says);
        answers.shift();
      }
      if (answers.length > 0) return;
      this.heard.push(got);
      got = Buffer.alloc(0);
    });
  }

  #complain(socket: Socket): void {
    const claim = Buffer.alloc(5);
    claim.writeUInt32BE(0xffff_ffff, 1);
    socket.write(claim);
    const piece = Buffer.alloc(64 * 1024, "x");
    const count = () => {
      this.sent += piece.length;
    };
    const more = () => {
      while (!socket.destroyed && socket.write(piece, count));
    };
    socket.on("drain", more);
    more();
  }
}

/** 64 by 48 points of 32 bits. */
function serverInit(name: string): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt16BE(64, 0);
  head.writeUInt16BE(48, 2);
  head.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4);
  head.writeUInt32BE(Buffer.byteLength(name), 20);
  return Buffer.concat([head, Buffer.from(name)]);
}
