/** An image cache in a folder of its own, beside a server whose answers and a clock whose time the tests set. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../common/log.ts";
import { type CacheOptions, FileImageCache } from "../../../conductor/images/cache.ts";
import { listening } from "../../support/loopback.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

export class CacheBench implements AsyncDisposable {
  readonly folder: string;
  readonly base: string;
  /** By path; what is not here is 404. */
  readonly handlers: Map<string, Handler>;
  /** Paths of the GET requests so far. */
  readonly gets: string[];
  /** Milliseconds since the epoch, as the cache sees them. */
  clock = Date.now();
  readonly #server: Server;
  #cache: FileImageCache | null = null;

  private constructor(folder: string, served: Served) {
    this.folder = folder;
    this.base = served.base;
    this.handlers = served.handlers;
    this.gets = served.gets;
    this.#server = served.server;
  }

  static async start(): Promise<CacheBench> {
    const folder = await mkdtemp(join(tmpdir(), "ferric-cache-"));
    const bench = new CacheBench(folder, await listen());
    await bench.reopen();
    return bench;
  }

  get cache(): FileImageCache {
    if (this.#cache === null) throw new Error("the cache is closed");
    return this.#cache;
  }

  async reopen(options: Partial<CacheOptions> = {}): Promise<void> {
    await this.#cache?.[Symbol.asyncDispose]();
    this.#cache = await FileImageCache.open({
      folder: join(this.folder, "cache"),
      limitBytes: 1_000_000,
      ttlMs: 3_600_000,
      access: { allowLocal: true, folders: [join(this.folder, "allowed")] },
      permittedFormats: ["raw", "qcow2"],
      log: silent,
      now: () => this.clock,
      ...options,
    });
  }

  /** Content at a path of the server, with an ETag unless `etag` is null. */
  serve(path: string, content: string | Buffer, etag: string | null = `"${sha256(content).slice(0, 8)}"`): string {
    this.handlers.set(path, (_request, response) => {
      response.writeHead(200, { "content-length": Buffer.byteLength(content), ...(etag === null ? {} : { etag }) });
      response.end(content);
    });
    return this.base + path;
  }

  async files(): Promise<readonly string[]> {
    return (await readdir(join(this.folder, "cache"))).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#cache?.[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}

interface Served {
  readonly server: Server;
  readonly base: string;
  readonly handlers: Map<string, Handler>;
  readonly gets: string[];
}

async function listen(): Promise<Served> {
  const handlers = new Map<string, Handler>();
  const gets: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") gets.push(request.url ?? "");
    const handler = handlers.get(request.url ?? "");
    if (handler !== undefined) handler(request, response);
    else response.writeHead(404).end();
  });
  return { server, base: `http://127.0.0.1:${await listening(server)}`, handlers, gets };
}
