/**
 * Boot files over HTTP: GET and HEAD of `/boot/TOKEN/NAME` through the resolver, with ranges and always a length.
 * Tokens are keys: they appear in no log and no event, and an unknown one looks like a missing file.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { finished, pipeline } from "node:stream";
import { BootServiceFailed } from "../../common/errors/boot.ts";
import type { EventSink } from "../../common/events.ts";
import type { Logger } from "../../common/log.ts";
import { createHttpServer, type TlsSettings } from "../../common/tls-server.ts";
import { hostAndPort } from "../address.ts";
import { type Content, openContent } from "../content.ts";
import type { BootResolver, ServedFile } from "../contract.ts";
import { explainListen } from "../udp.ts";
import { parseRange } from "./range.ts";

export interface BootHttpOptions {
  readonly host: string;
  readonly port: number;
  readonly resolver: BootResolver;
  readonly events: EventSink;
  readonly log: Logger;
  /** Absent or null: plain HTTP. */
  readonly tls?: TlsSettings | null;
  /** Milliseconds for the request's head, and without a byte taken by the client. */
  readonly limits?: { readonly headMs: number; readonly stallMs: number; readonly connections: number };
}

const LIMITS = { headMs: 10_000, stallMs: 60_000, connections: 2000 };
const LONGEST_PATH = 1024;

export class BootHttpServer implements AsyncDisposable {
  readonly #options: BootHttpOptions;
  readonly #server: Server;

  private constructor(options: BootHttpOptions) {
    this.#options = options;
    const { headMs, stallMs, connections } = options.limits ?? LIMITS;
    const times = { headersTimeout: headMs, requestTimeout: headMs, keepAliveTimeout: 5000 };
    const checks = { connectionsCheckingInterval: Math.min(1000, headMs), maxHeaderSize: 8192 };
    this.#server = createHttpServer(options.tls ?? null, { ...times, ...checks }, options.log);
    this.#server.maxConnections = connections;
    this.#server.timeout = stallMs;
    this.#server.on("request", (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        options.log.warn({ error }, "boot HTTP request failed");
        if (response.headersSent) response.destroy();
        else refuse(response, 500, "the file cannot be read now; see the log of the service");
      });
    });
  }

  /** @throws BootServiceFailed */
  static start(options: BootHttpOptions): Promise<BootHttpServer> {
    const http = new BootHttpServer(options);
    return new Promise((resolve, reject) => {
      const place = { address: options.host, port: options.port, option: "[boot]http_host, http_port" };
      http.#server.once("error", (error) =>
        reject(BootServiceFailed({ service: "HTTP", reason: explainListen(error, place) }, error)),
      );
      http.#server.listen({ host: options.host, port: options.port }, () => resolve(http));
    });
  }

  /** http(s)://host:port as it listens. */
  get url(): string {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : this.#options.port;
    return `${this.#options.tls ? "https" : "http"}://${hostAndPort(this.#options.host, port)}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return refuse(response, 405, "boot files can only be read");
    }
    const path = cleanPath(request.url ?? "");
    const remote = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const file = path === null ? null : await this.#options.resolver.httpFile(path, remote, gone.signal);
    if (file === null || path === null) return refuse(response, 404, "no such boot file");
    const name = path.split("/").at(-1) ?? "";
    try {
      if (gone.signal.aborted) return;
      this.#options.events.emit(file.node, {
        type: "boot.packet",
        protocol: "http",
        what: `${request.method} ${name}`,
        mac: file.mac,
        address: remote,
      });
      const content = await openContent(file);
      try {
        await this.#transfer(request, response, { file, content, name, remote });
      } finally {
        await content.close();
      }
    } finally {
      file.release?.();
    }
  }

  async #transfer(
    request: IncomingMessage,
    response: ServerResponse,
    what: { file: ServedFile; content: Content; name: string; remote: string },
  ): Promise<void> {
    const { content, file } = what;
    response.setHeader("Content-Type", file.type);
    response.setHeader("Accept-Ranges", "bytes");
    const range = parseRange(request.headers.range, content.size);
    if (range === "unsatisfiable") {
      response.setHeader("Content-Range", `bytes */${content.size}`);
      return refuse(response, 416, `the file has ${content.size} bytes`);
    }
    const { first, last } = range ?? { first: 0, last: content.size - 1 };
    if (range !== null) response.setHeader("Content-Range", `bytes ${first}-${last}/${content.size}`);
    response.setHeader("Content-Length", last - first + 1);
    response.statusCode = range === null ? 200 : 206;
    const started = performance.now();
    const done = new Promise<boolean>((resolve) => {
      finished(response, (error) => resolve(error === undefined || error === null));
    });
    if (request.method === "HEAD" || last < first) response.end();
    else pipeline(content.stream(first, last), response, () => {});
    if (!(await done) || request.method === "HEAD") return;
    this.#options.events.emit(file.node, {
      type: "boot.fetched",
      protocol: "http",
      file: what.name,
      bytes: last - first + 1,
      seconds: (performance.now() - started) / 1000,
      address: what.remote,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  const text = `${why}\n`;
  response.writeHead(status, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

/**
 * The decoded path; null when it is too long, badly encoded or climbs. The resolver looks names up, it opens no path. Two
 * slashes are one: shim asks for `<folder>//grubx64.efi`.
 */
function cleanPath(url: string): string | null {
  const raw = url.split(/[?#]/, 1)[0] ?? "";
  if (raw.length > LONGEST_PATH || !raw.startsWith("/")) return null;
  try {
    const path = decodeURIComponent(raw).replaceAll(/\/{2,}/g, "/");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    return /[\x00-\x1f\x7f\\]/.test(path) || path.split("/").includes("..") ? null : path;
  } catch {
    return null;
  }
}
