/** Serves what a simulated deploy needs: a disk image, made as it is read, and small stand-ins for kernel and initramfs. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { closeNow, listenOn } from "../../common/listen-on.ts";

const BLOCK = 256 * 1024;
/** A boot sector's mark; without it no whole-disk image looks like one. */
const MARK = { at: 510, bytes: Buffer.from([0x55, 0xaa]) };
const SMALL = Buffer.alloc(64 * 1024, "ferric simulated ramdisk\n");

export class ImageServer {
  readonly url: string;
  readonly sha256: string;
  readonly #size: number;
  readonly #server: Server;

  private constructor(server: Server, url: string, size: number) {
    this.#server = server;
    this.#size = size;
    this.url = url;
    const hash = createHash("sha256");
    for (const block of blocks(size)) hash.update(block);
    this.sha256 = hash.digest("hex");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
  }

  /** @param size bytes of the disk image */
  static async start(size: number, port = 0): Promise<ImageServer> {
    const server = createServer();
    const { url } = await listenOn(server, "127.0.0.1", port);
    return new ImageServer(server, url, size);
  }

  stop(): Promise<void> {
    return closeNow(this.#server);
  }

  #serve({ method, url }: IncomingMessage, response: ServerResponse): void {
    const isDisk = url === "/disk.raw";
    if (!isDisk && url !== "/kernel" && url !== "/initramfs") return void response.writeHead(404).end();
    const length = isDisk ? this.#size : SMALL.length;
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": length });
    if (method === "HEAD") return void response.end();
    Readable.from(isDisk ? blocks(this.#size) : [SMALL])
      .on("error", () => response.destroy())
      .pipe(response);
  }
}

function* blocks(size: number): Generator<Buffer> {
  const first = Buffer.alloc(BLOCK);
  MARK.bytes.copy(first, MARK.at);
  const rest = Buffer.alloc(BLOCK);
  for (let at = 0; at < size; at += BLOCK) yield (at === 0 ? first : rest).subarray(0, Math.min(BLOCK, size - at));
}
