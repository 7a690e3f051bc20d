/**
 * A serial line offered on a TCP port: it is held while somebody is connected, and all who are see the same. Whoever can
 * reach the port has the console: it is for loopback, or for a network that only operators reach.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { reasonOf } from "../../../common/errors/fault.ts";
import type { Logger } from "../../../common/log.ts";

export interface OpenLine {
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

export interface LineListener {
  data(bytes: Buffer): void;
  /** Null: closed by us. */
  ended(reason: Error | null): void;
}

export interface TerminalOptions {
  readonly address: string;
  readonly port: number;
  /** Milliseconds without a character until a connection is closed; 0: never. */
  readonly idleMs: number;
  readonly log: Logger;
  open(listener: LineListener): Promise<OpenLine>;
}

/** More than a team that looks at one machine. */
const MOST_VIEWERS = 16;
/** Who does not read is let go, so that nothing is kept for him. */
const MOST_UNREAD = 1024 * 1024;

export class TerminalServer {
  readonly #options: TerminalOptions;
  readonly #server: Server;
  readonly #viewers = new Set<Socket>();
  #line: Promise<OpenLine> | null = null;

  private constructor(options: TerminalOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#connected(socket));
  }

  /** @throws the system's error when the port cannot be had */
  static async listen(options: TerminalOptions): Promise<TerminalServer> {
    const terminal = new TerminalServer(options);
    terminal.#server.listen(options.port, options.address);
    await once(terminal.#server, "listening");
    terminal.#server.on("error", (error) => options.log.warn({ error: reasonOf(error) }, "a console has an error"));
    return terminal;
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const viewer of this.#viewers) viewer.destroy();
    await this.#release();
    await closed;
  }

  #connected(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    if (this.#viewers.size >= MOST_VIEWERS) {
      dismiss(socket, "too many are connected to this console");
      return;
    }
    this.#viewers.add(socket);
    if (this.#options.idleMs > 0)
      socket.setTimeout(this.#options.idleMs, () => dismiss(socket, "closed: nothing happened for too long"));
    socket.once("close", () => {
      this.#viewers.delete(socket);
      if (this.#viewers.size === 0) void this.#release();
    });
    const line = this.#opened();
    socket.on("data", (bytes: Buffer) => {
      // The next characters wait until the machine has taken these.
      socket.pause();
      line
        .then((open) => open.write(bytes))
        .catch(() => {})
        .finally(() => socket.resume());
    });
  }

  #opened(): Promise<OpenLine> {
    if (this.#line !== null) return this.#line;
    const line = this.#options.open({
      data: (bytes) => this.#show(bytes),
      ended: (reason) => {
        if (this.#line === line) this.#line = null;
        if (reason !== null) this.#letGo(reason);
      },
    });
    line.catch((error: unknown) => {
      if (this.#line === line) this.#line = null;
      this.#letGo(error);
    });
    this.#line = line;
    return line;
  }

  async #release(): Promise<void> {
    const line = this.#line;
    this.#line = null;
    await line?.then((open) => open.close()).catch(() => {});
  }

  #show(bytes: Buffer): void {
    for (const viewer of this.#viewers) {
      if (viewer.writableEnded) continue;
      if (viewer.writableLength > MOST_UNREAD) viewer.destroy();
      else viewer.write(bytes);
    }
  }

  /** The line is gone: who is connected is told why, and may connect again. */
  #letGo(reason: unknown): void {
    this.#options.log.warn({ error: reasonOf(reason) }, "the serial line of a console has ended");
    for (const viewer of this.#viewers) dismiss(viewer, `the serial line has ended: ${reasonOf(reason)}`);
  }
}

/** Without waiting for the other side to close, which may never do it. */
function dismiss(viewer: Socket, why: string): void {
  if (viewer.writableEnded) return;
  viewer.end(`\r\n[ferric: ${why}]\r\n`);
  viewer.destroySoon();
}
