/**
 * The proxy of graphical consoles: a page with noVNC, and web sockets that lead to the VNC server of one node each. On an
 * address of its own, outside the API: who comes has a token and nothing else.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Config } from "../../common/config/config.ts";
import { limitConnections } from "../../common/connection-limits.ts";
import { NoConsoleHere } from "../../common/errors/console.ts";
import { FerricError, reasonOf } from "../../common/errors/fault.ts";
import { listenOn } from "../../common/listen-on.ts";
import type { Logger } from "../../common/log.ts";
import { createHttpServer, vncTls } from "../../common/tls-server.ts";
import type { Stores } from "../../db/contract.ts";
import { answer, answerFault, answerText, type Content, refuseUpgrade } from "./answers.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { libraryFiles } from "./library.ts";
import { PAGE_FILES, pagePolicy } from "./page.ts";
import { ConsoleSession, connectVnc } from "./session.ts";
import { Sessions } from "./sessions.ts";

export interface ProxyDeps {
  readonly config: Config;
  readonly stores: Pick<Stores, "nodes">;
  readonly log: Logger;
  /** Milliseconds since the epoch; Date.now when absent. */
  readonly clock?: () => number;
}

export interface RunningProxy extends AsyncDisposable {
  /** Without a path. */
  readonly url: string;
}

const SOCKET_PATH = "/websockify";
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
const STALL_MS = 60_000;
/** Keys, mouse and clipboard come in small pieces. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Clients of before noVNC 1.3 ask for it. */
const PROTOCOL = "binary";

/** Listens on [vnc]host_ip and port (0: a free one). @throws TlsUnusable, Error when the port is taken */
export async function startProxy(deps: ProxyDeps): Promise<RunningProxy> {
  const { config, log } = deps;
  const { host_ip: host, port: wanted, max_connections } = config.vnc;
  const proxy = new ConsoleProxy(deps);
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = createHttpServer(
    vncTls(config),
    limits,
    log,
    (request, response) => void proxy.handle(request, response),
  );
  server.on("upgrade", (request, socket, head) => void proxy.upgrade(request, socket, head));
  limitConnections(server, { total: max_connections, perAddress: 0, stallMs: STALL_MS });
  const { url } = await listenOn(server, host, wanted).catch(async (error: unknown) => {
    await proxy[Symbol.asyncDispose]();
    throw error;
  });
  log.info({ url }, "graphical consoles are served");
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      await proxy[Symbol.asyncDispose]();
      server.closeAllConnections();
      await closed;
    },
  };
}

class ConsoleProxy implements AsyncDisposable {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #doorkeeper: Doorkeeper;
  readonly #sessions: Sessions;
  readonly #files: ReadonlyMap<string, Content> = new Map([...PAGE_FILES, ...libraryFiles()]);
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });

  constructor({ config, stores, log, clock = Date.now }: ProxyDeps) {
    this.#config = config;
    this.#log = log;
    this.#doorkeeper = new Doorkeeper(config, stores.nodes, clock);
    this.#sessions = new Sessions(config.vnc.max_sessions_per_node, (node) => this.#doorkeeper.accessOf(node), log);
  }

  /** A page's file; or why a console is refused, which a web socket cannot tell a page. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { path, query } = targetOf(request);
      if (request.method !== "GET" && request.method !== "HEAD")
        return answerText(response, 405, "GET only", { Allow: "GET, HEAD" });
      if (path === SOCKET_PATH) {
        await this.#doorkeeper.admit(request, query);
        return answerText(response, 426, "This console is open to web sockets.", { Upgrade: "websocket" });
      }
      const file = this.#files.get(path);
      if (file === undefined) throw NoConsoleHere({});
      answer(response, 200, file, { "Content-Security-Policy": pagePolicy(request.headers.host) });
    } catch (error) {
      this.#note(error, request);
      answerFault(response, error);
    }
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    try {
      await this.#open(request, socket, head);
    } catch (error) {
      this.#note(error, request);
      refuseUpgrade(socket, error);
    }
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { path, query } = targetOf(request);
    if (path !== SOCKET_PATH) throw NoConsoleHere({});
    const { node, access } = await this.#doorkeeper.admit(request, query);
    using place = this.#sessions.takePlace(node);
    const server = await connectVnc(access, this.#config.vnc.container_provider);
    const browser = await this.#shake(request, socket, head).catch((error: unknown) => {
      server.destroy();
      throw error;
    });
    const from = request.socket.remoteAddress;
    this.#log.info({ node, from }, "a console was opened");
    await this.#sessions.run(place, access.token, new ConsoleSession(browser, server));
    this.#log.info({ node, from }, "a console was closed");
  }

  /** What is no proper handshake is answered there, and closed. @throws Error when it comes to nothing */
  #shake(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const failed = () => reject(new Error("the browser left, or this was no handshake of a web socket"));
      if (socket.destroyed) return failed();
      socket.once("close", failed);
      this.#sockets.handleUpgrade(request, socket, head, resolve);
    });
  }

  /** Never the URL: a token is in it. */
  #note(error: unknown, request: IncomingMessage): void {
    const from = request.socket.remoteAddress;
    if (error instanceof FerricError && error.code < 500)
      this.#log.info({ from, reason: reasonOf(error) }, "a console was refused");
    else this.#log.warn({ error, from }, "a console could not be opened");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions[Symbol.asyncDispose]();
    this.#sockets.close();
  }
}

function targetOf({ url = "/" }: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  return { path, query: new URLSearchParams(at < 0 ? "" : url.slice(at + 1)) };
}
