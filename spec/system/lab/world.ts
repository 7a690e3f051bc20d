/** The world around the lab's server: the file server with the images, which also hears the installed system phone home. */
import { createReadStream, statSync } from "node:fs";
import http from "node:http";
import { basename, join } from "node:path";

export interface PhoneHome {
  readonly at: number;
  readonly from: string;
  readonly text: string;
}

export class World implements AsyncDisposable {
  readonly calls: PhoneHome[] = [];
  readonly #server: http.Server;
  readonly base: string;

  private constructor(server: http.Server, base: string) {
    this.#server = server;
    this.base = base;
  }

  /** Serves `/NAME/file` from the folders by name on host:port; POST /phone-home is noted. */
  static async start(host: string, port: number, folders: Readonly<Record<string, string>>): Promise<World> {
    const server = http.createServer();
    const world = new World(server, `http://${host}:${port}`);
    server.on("request", (req, res) => {
      if (req.method === "POST" && req.url === "/phone-home") return world.#hear(req, res);
      const [, name = "", file = ""] = (req.url ?? "").split("/");
      const folder = folders[name];
      if (folder === undefined) return res.writeHead(404).end();
      return sendFile(join(folder, basename(file)), req, res);
    });
    await new Promise<void>((ok, bad) => server.once("error", bad).listen(port, host, ok));
    return world;
  }

  #hear(req: http.IncomingMessage, res: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const from = req.socket.remoteAddress ?? "";
      this.calls.push({ at: Date.now(), from, text: Buffer.concat(chunks).toString() });
      res.writeHead(202).end();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

function sendFile(path: string, req: http.IncomingMessage, res: http.ServerResponse): void {
  try {
    const { size } = statSync(path);
    res.writeHead(200, { "content-length": size, "content-type": "application/octet-stream" });
    if (req.method === "HEAD") res.end();
    else
      createReadStream(path)
        .on("error", () => res.destroy())
        .pipe(res);
  } catch {
    res.writeHead(404).end();
  }
}
