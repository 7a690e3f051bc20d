/** An iBoot on a loopback port, after Dataprobe's descriptions of its protocols; its outlets are a list. */
import { createServer, type Server, type Socket } from "node:net";
import { listening } from "./loopback.ts";

const LOGIN = { user: "admin", password: "outlet-pass" };
const HEADER = 47;
const FIRST_SEQUENCE = 0xffff;

export class IbootUnit {
  readonly outlets = [false, false, true];
  /** Connections so far. */
  asked = 0;
  /** What it does wrong with the next connections: say nothing, close, say busy, send bytes without end. */
  readonly troubles: ("silent" | "close" | "busy" | "flood")[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;

  private constructor(protocol: "dxp" | "tcp") {
    this.#server = createServer((socket) => {
      this.asked++;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      if (!this.#trouble(socket)) this.#serve(protocol, socket);
    });
  }

  static async start(protocol: "dxp" | "tcp"): Promise<IbootUnit> {
    const unit = new IbootUnit(protocol);
    unit.port = await listening(unit.#server);
    return unit;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #trouble(socket: Socket): boolean {
    const trouble = this.troubles.shift();
    if (trouble === "close") socket.destroy();
    if (trouble === "busy") socket.end("BUSY");
    if (trouble === "flood") socket.end(Buffer.alloc(100_000, 0x41));
    return trouble !== undefined;
  }

  #serve(protocol: "dxp" | "tcp", socket: Socket): void {
    let heard = Buffer.alloc(0);
    let greeted = false;
    socket.on("data", (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      if (protocol === "tcp") return void (heard.includes(0x0d) && this.#line(socket, heard.toString("latin1")));
      if (!greeted && heard.length >= 9) {
        if (heard.subarray(0, 9).toString("latin1") !== "hello-000") return void socket.destroy();
        greeted = true;
        heard = heard.subarray(9);
        // In two pieces, as a network may bring it.
        const sequence = Buffer.alloc(2);
        sequence.writeUInt16LE(FIRST_SEQUENCE);
        socket.write(sequence.subarray(0, 1));
        setImmediate(() => socket.write(sequence.subarray(1)));
      }
      if (greeted && heard.length >= HEADER) this.#request(socket, heard);
    });
  }

  #request(socket: Socket, request: Buffer): void {
    const text = (from: number) =>
      request
        .subarray(from, from + 21)
        .toString("latin1")
        .replace(/\0+$/, "");
    const known = text(1) === LOGIN.user && text(22) === LOGIN.password;
    if (!known || request[0] !== 3 || request.readUInt16LE(45) !== ((FIRST_SEQUENCE + 1) & 0xffff))
      return void socket.destroy();
    if (request[43] === 4) return void socket.write(Buffer.from(this.outlets.map(Number)));
    const [relay = 0, state = 0] = request.subarray(HEADER);
    if (this.outlets[relay - 1] === undefined) return void socket.write(Buffer.from([2]));
    this.outlets[relay - 1] = state === 1;
    socket.write(Buffer.from([0]));
  }

  #line(socket: Socket, line: string): void {
    const [, password, action] = line.trimEnd().split("\x1b");
    if (password !== "short") return void socket.end();
    if (action === "n" || action === "f") this.outlets[0] = action === "n";
    socket.end(this.outlets[0] ? "ON" : "OFF");
  }
}

export const IBOOT_LOGIN = { iboot_username: LOGIN.user, iboot_password: LOGIN.password };
