/** Images over HTTP on loopback: real bytes, and the faults that image servers have. */
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import { pause } from "./ferric-process.ts";

export interface ImageServerOptions {
  /** Bytes of the image. */
  readonly size?: number;
  /** Milliseconds between two chunks of 64 KiB, so that a test can act in the middle of a transfer. */
  readonly chunkDelay?: number;
}

export class ImageServer implements AsyncDisposable {
  readonly content: Buffer;
  readonly sha256: string;
  readonly url: string;
  readonly #server: http.Server;

  private constructor(server: http.Server, content: Buffer, url: string) {
    this.#server = server;
    this.content = content;
    this.url = url;
    this.sha256 = createHash("sha256").update(content).digest("hex");
  }

  /** Serves `/image.raw`; everything else is 404. */
  static async start(options: ImageServerOptions = {}): Promise<ImageServer> {
    const content = rawImage(options.size ?? 4 * 1024 * 1024);
    const server = http.createServer((req, res) => void answer(req, res, content, options.chunkDelay ?? 0));
    await new Promise<void>((ok) => server.listen(0, "127.0.0.1", ok));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new ImageServer(server, content, `http://127.0.0.1:${address.port}/image.raw`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** Random bytes that begin as a master boot record does. */
function rawImage(size: number): Buffer {
  const content = randomBytes(size);
  content.fill(0, 0, 512);
  content[510] = 0x55;
  content[511] = 0xaa;
  return content;
}

async function answer(req: http.IncomingMessage, res: http.ServerResponse, content: Buffer, delay: number) {
  if (req.url !== "/image.raw") return res.writeHead(404).end("no such image");
  res.writeHead(200, { "content-length": content.length, "content-type": "application/octet-stream" });
  if (req.method === "HEAD") return res.end();
  for (let at = 0; at < content.length && !res.destroyed; at += 65536) {
    res.write(content.subarray(at, at + 65536));
    if (delay > 0) await pause(delay);
  }
  return res.end();
}
