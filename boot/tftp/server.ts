/** The TFTP server: read requests on one port, each transfer on its own. It opens no path: the resolver knows the names. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { EventSink } from "../../common/events.ts";
import type { Logger } from "../../common/log.ts";
import { parseAddress } from "../address.ts";
import { openContent } from "../content.ts";
import type { BootResolver, ServedFile } from "../contract.ts";
import { bindUdp, closeUdp } from "../udp.ts";
import { negotiate } from "./negotiate.ts";
import { ERROR, errorPacket, type ReadRequest, type Request, readRequest } from "./packet.ts";
import { LIMITS, Transfer, type TransferLimits } from "./transfer.ts";

export interface TftpOptions {
  readonly host: string;
  readonly port: number;
  readonly resolver: BootResolver;
  readonly events: EventSink;
  readonly log: Logger;
  /** Milliseconds to the first repetition when the client names none. */
  readonly timeoutMs?: number;
  readonly limits?: TransferLimits & { readonly transfers: number; readonly perSource: number };
}

const DEFAULT_LIMITS = { ...LIMITS, transfers: 512, perSource: 16 };
const LONGEST_NAME = 255;

/** A transfer from its request on: it counts while its file is still being looked for. */
interface Running {
  readonly source: string;
  readonly name: string;
  ended: Promise<void>;
  cancelled: boolean;
  /** Ends it, telling the client when the transfer has begun. */
  cancel(why: string): void;
}

export class TftpServer implements AsyncDisposable {
  readonly #options: TftpOptions;
  readonly #limits: typeof DEFAULT_LIMITS;
  readonly #socket: Socket;
  readonly #running = new Map<string, Running>();
  #closed = false;

  private constructor(options: TftpOptions, socket: Socket) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#socket = socket;
    socket.on("message", (bytes, client) => this.#admit(bytes, client));
    socket.on("error", (error) => options.log.warn({ error }, "TFTP socket error"));
  }

  /** @throws BootServiceFailed */
  static async start(options: TftpOptions): Promise<TftpServer> {
    const place = { address: options.host, port: options.port, option: "[boot]tftp_host, tftp_port" };
    return new TftpServer(options, await bindUdp({ service: "TFTP", ...place }));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Transfers under way. */
  get size(): number {
    return this.#running.size;
  }

  #admit(bytes: Buffer, client: RemoteInfo): void {
    // Nobody can be answered there, which Node throws at (RFC 768: a sender may leave its port out).
    if (client.port === 0) return;
    const request = readRequest(bytes);
    if (request.kind === "ignored") return;
    const refusal = refusalOf(request);
    if (refusal !== null) this.#refuse(client, ...refusal);
    else if (request.kind === "read") this.#start({ ...request, name: cleanName(request.name) ?? "" }, client);
  }

  #start(request: ReadRequest, client: RemoteInfo): void {
    const { name } = request;
    const key = `${client.address} ${client.port}`;
    const before = this.#running.get(key);
    // Repeated by the client or on the way: the transfer repeats its own answer.
    if (before?.name === name) return;
    if (before !== undefined) before.cancel("replaced by a new request");
    if (before !== undefined || !this.#hasRoom(client.address)) return;
    const cancel = () => {
      running.cancelled = true;
    };
    const running: Running = { source: client.address, name, ended: Promise.resolve(), cancelled: false, cancel };
    this.#running.set(key, running);
    running.ended = this.#serve(request, client, running)
      .catch((error: unknown) => this.#options.log.warn({ error, name: lastPart(name) }, "TFTP transfer failed"))
      .finally(() => this.#running.delete(key));
  }

  #hasRoom(source: string): boolean {
    if (this.#running.size >= this.#limits.transfers) return false;
    let count = 0;
    for (const running of this.#running.values()) if (running.source === source) count += 1;
    return count < this.#limits.perSource;
  }

  #refuse(client: RemoteInfo, code: number, why: string): void {
    if (this.#closed) return;
    this.#socket.send(errorPacket(code, why), client.port, client.address, () => {});
  }

  async #serve(request: ReadRequest, client: RemoteInfo, running: Running): Promise<void> {
    const file = await this.#options.resolver.tftpFile(request.name, client.address);
    if (file === null) return this.#refuse(client, ERROR.notFound, "no such file for this machine");
    try {
      this.#options.events.emit(file.node, {
        type: "boot.packet",
        protocol: "tftp",
        what: `RRQ ${lastPart(request.name)}`,
        mac: file.mac,
        address: client.address,
        detail: Object.fromEntries(request.options),
      });
      await this.#transfer(request, client, running, file);
    } finally {
      file.release?.();
    }
  }

  async #transfer(request: ReadRequest, client: RemoteInfo, running: Running, file: ServedFile): Promise<void> {
    const content = await openContent(file);
    const started = performance.now();
    let socket: Socket | null = null;
    try {
      socket = await connectTo(client, this.#options.host);
      const terms = negotiate(request.options, content.size, this.#options.timeoutMs ?? 1000);
      if (running.cancelled) return;
      const transfer = new Transfer(socket, content, terms, this.#limits);
      running.cancel = (why) => transfer.abort(why);
      if (!(await transfer.run())) return;
      this.#options.events.emit(file.node, {
        type: "boot.fetched",
        protocol: "tftp",
        file: lastPart(request.name),
        bytes: content.size,
        seconds: (performance.now() - started) / 1000,
        address: client.address,
      });
    } finally {
      if (socket !== null) await closeUdp(socket);
      await content.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await closeUdp(this.#socket);
    const running = [...this.#running.values()];
    for (const one of running) one.cancel("the server stops");
    await Promise.all(running.map((one) => one.ended));
  }
}

/** Error code and text for what is refused without asking anybody. */
function refusalOf(request: Exclude<Request, { kind: "ignored" }>): [number, string] | null {
  if (request.kind === "write") return [ERROR.access, "this server is read-only"];
  if (request.kind === "malformed") return [ERROR.illegal, request.why];
  // netascii is what interactive clients ask for by habit; the bytes are sent as they are.
  if (request.mode !== "octet" && request.mode !== "netascii") return [ERROR.illegal, "mode must be octet"];
  return cleanName(request.name) === null ? [ERROR.access, "not a name of this server"] : null;
}

/** A socket on a free port of `host` that hears the client only. @throws Error when the client cannot be reached from there */
function connectTo(client: RemoteInfo, host: string): Promise<Socket> {
  const socket = createSocket(parseAddress(host)?.family === 6 ? "udp6" : "udp4");
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(error);
    };
    // Node hands the failure of connect() to its callback, which is declared without.
    const connected = (error?: Error | null) => {
      socket.off("error", failed);
      if (error) failed(error);
      else resolve(socket);
    };
    socket.once("error", failed);
    socket.bind({ address: host, port: 0, exclusive: true }, () =>
      socket.connect(client.port, client.address, connected),
    );
  });
}

/** Without leading slashes; null for names that climb, hold control characters or are too long. */
function cleanName(raw: string): string | null {
  const name = raw.replaceAll("\\", "/").replace(/^(?:\.?\/+)+/, "");
  if (name === "" || name.length > LONGEST_NAME || name.split("/").includes("..")) return null;
  return /^[\x20-\x7e]+$/.test(name) ? name : null;
}

/** The part of a name that holds no token. */
const lastPart = (name: string): string => name.split("/").at(-1) ?? name;
