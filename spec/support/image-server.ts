/** Images over HTTP on loopback: real bytes, and the faults that image servers have. */
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import { pause } from "./ferric-process.ts";
import { listening } from "./loopback.ts";

/** hang: half of it, then silence; close: half of it, then the connection ends; gone: there for HEAD, 404 for GET. */
export type ServerFault = "hang" | "close" | "gone";

export interface ImageServerOptions {
  /** Bytes of the image. */
  readonly size?: number;
  /** Milliseconds between two chunks of 64 KiB, so that a test can act in the middle of a transfer. */
  readonly chunkDelay?: number;
}

export interface ServedImage {
  readonly url: string;
  readonly sha256: string;
  readonly content: Buffer;
}

interface Entry {
  readonly content: Buffer;
  readonly chunkDelay: number;
  fault: ServerFault | null;
}

export class ImageServer implements AsyncDisposable, ServedImage {
  readonly content: Buffer;
  readonly sha256: string;
  readonly url: string;
  readonly #server: http.Server;
  readonly #base: string;
  readonly #entries: Map<string, Entry>;

  private constructor(server: http.Server, base: string, entries: Map<string, Entry>, options: ImageServerOptions) {
    this.#server = server;
    this.#base = base;
    this.#entries = entries;
    const image = this.add("/image.raw", rawImage(options.size ?? 4 * 1024 * 1024), options);
    this.content = image.content;
    this.url = image.url;
    this.sha256 = image.sha256;
  }

  /** Serves `/image.raw` and what is added; everything else is 404. */
  static async start(options: ImageServerOptions = {}): Promise<ImageServer> {
    const entries = new Map<string, Entry>();
    const server = http.createServer((req, res) => void answer(req, res, entries.get(req.url ?? "")));
    return new ImageServer(server, `http://127.0.0.1:${await listening(server)}`, entries, options);
  }

  add(path: string, content: Buffer, options: { fault?: ServerFault; chunkDelay?: number } = {}): ServedImage {
    this.#entries.set(path, { content, chunkDelay: options.chunkDelay ?? 0, fault: options.fault ?? null });
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { url: `${this.#base}${path}`, sha256, content };
  }

  /** The server works again. */
  heal(path: string): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) entry.fault = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** Random bytes that begin as a master boot record does. */
export function rawImage(size: number): Buffer {
  const content = randomBytes(size);
  content.fill(0, 0, 512);
  content[510] = 0x55;
  content[511] = 0xaa;
  return content;
}

/** What begins as a qcow2 image of version 3 does (QEMU docs/interop/qcow2.txt), filled up with random bytes. */
export function qcow2Image(size: number, options: { backingFile?: string } = {}): Buffer {
  const content = randomBytes(size);
  content.fill(0, 0, 1024);
  content.write("QFI\xfb", "latin1");
  content.writeUInt32BE(3, 4);
  if (options.backingFile !== undefined) {
    content.writeBigUInt64BE(512n, 8);
    content.writeUInt32BE(options.backingFile.length, 16);
    content.write(options.backingFile, 512);
  }
  content.writeUInt32BE(16, 20);
  content.writeBigUInt64BE(4_194_304n, 24);
  content.writeUInt32BE(104, 100);
  return content;
}

async function answer(req: http.IncomingMessage, res: http.ServerResponse, entry: Entry | undefined) {
  if (entry === undefined) return res.writeHead(404).end("no such image");
  const { content, chunkDelay, fault } = entry;
  if (fault === "gone" && req.method !== "HEAD") return res.writeHead(404).end("no such image");
  res.writeHead(200, { "content-length": content.length, "content-type": "application/octet-stream" });
  if (req.method === "HEAD") return res.end();
  const end = fault === null ? content.length : content.length / 2;
  for (let at = 0; at < end && !res.destroyed; at += 65536) {
    res.write(content.subarray(at, Math.min(end, at + 65536)));
    if (chunkDelay > 0) await pause(chunkDelay);
  }
  if (fault === "hang") return res;
  if (fault !== "close") return res.end();
  await new Promise((sent) => res.write("", sent));
  return res.destroy();
}
