/**
 * One browser at one console: bytes of a web socket and of a VNC server's connection, passed on unread, each side at the
 * other's pace. What a server claims about lengths and reasons is between it and the browser.
 */
import { connect, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { createWebSocketStream, type WebSocket } from "ws";
import type { ConsoleAccess } from "../../common/console-access.ts";
import { ConsoleUnreachable } from "../../common/errors/console.ts";

const CONNECT_MS = 5000;
const PING_MS = 30_000;
/** How long a browser may take to answer that the session is over. */
const FAREWELL_MS = 1000;
/** Of what one side has sent and the other not taken. */
const BUFFER_BYTES = 256 * 1024;

/** Close codes of RFC 6455, 7.4.1: normal, going away, policy. */
export const CLOSED = { ended: 1000, stopping: 1001, revoked: 1008 } as const;
export type CloseReason = keyof typeof CLOSED;

/** Where the provider said, and nowhere else. @throws ConsoleUnreachable */
export function connectVnc({ host, port }: Pick<ConsoleAccess, "host" | "port">, provider: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const fail = (cause: unknown) => {
      socket.destroy();
      reject(ConsoleUnreachable({ provider }, cause));
    };
    socket.setTimeout(CONNECT_MS, () => fail(new Error(`no connection to ${host}:${port} within ${CONNECT_MS} ms`)));
    socket.on("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

export class ConsoleSession {
  /** Resolves once both sides are closed. */
  readonly ended: Promise<void>;
  readonly #browser: WebSocket;
  #alive = true;

  constructor(browser: WebSocket, server: Socket) {
    this.#browser = browser;
    const stream = createWebSocketStream(browser, { highWaterMark: BUFFER_BYTES });
    browser.on("pong", () => {
      this.#alive = true;
    });
    const pings = setInterval(() => this.#ping(), PING_MS);
    const finish = () => {
      server.destroy();
      this.close("ended");
    };
    // Either end closes both: half a console is of no use.
    this.ended = Promise.race([pipeline(stream, server), pipeline(server, stream)])
      .catch(() => undefined)
      .then(finish)
      .finally(() => clearInterval(pings));
  }

  close(reason: CloseReason): void {
    this.#browser.close(CLOSED[reason], TEXTS[reason]);
    setTimeout(() => this.#browser.terminate(), FAREWELL_MS).unref();
  }

  /** A browser that is gone without a word answers no ping; one that takes nothing does not see it. */
  #ping(): void {
    if (this.#alive) this.#browser.ping();
    else this.#browser.terminate();
    this.#alive = false;
  }
}

const TEXTS: Readonly<Record<CloseReason, string>> = {
  ended: "the VNC server closed the connection",
  stopping: "the proxy is stopping",
  revoked: "the console was switched off, or its token has expired",
};
