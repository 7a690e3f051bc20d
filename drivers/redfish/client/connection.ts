/**
 * HTTP to one BMC: few connections that are kept, a limit on time and size for each answer. BMCs are small computers, and
 * many close idle connections without a word, so what must not take effect twice gets a connection of its own.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Bmc } from "./bmc.ts";
import { RedfishError } from "./redfish-error.ts";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export interface HttpRequest {
  readonly method: Method;
  /** With query, from the root of the host. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | null;
  /** For this answer, instead of the BMC's own. */
  readonly answerMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Two: a slow answer need not stop a power command, and no BMC is flooded. */
const MOST_CONNECTIONS = 2;
/** Longest body that is read, in bytes. Attribute registries of BIOSes have some megabytes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Idle connections are closed after so many milliseconds: before most BMCs do so by themselves. */
const IDLE_MS = 15_000;

const UNKNOWN_HOST = ["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EINVAL"];
const UNREACHED = ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EADDRNOTAVAIL"];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|HOSTNAME_MISMATCH|CRL|ERR_SSL|EPROTO/;

export class Connection {
  readonly #bmc: Bmc;
  readonly #secure: boolean;
  readonly #kept: http.Agent | https.Agent;
  readonly #fresh: http.Agent | https.Agent;

  constructor(bmc: Bmc) {
    this.#bmc = bmc;
    this.#secure = bmc.origin.startsWith("https:");
    const { Agent } = this.#secure ? https : http;
    const tls = this.#secure ? bmc.tls : {};
    this.#kept = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS, timeout: IDLE_MS, ...tls });
    this.#fresh = new Agent({ keepAlive: false, maxSockets: MOST_CONNECTIONS, ...tls });
  }

  /** @throws RedfishError (silent, address, certificate, malformed), and the signal's reason */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    return await new Promise<HttpAnswer>((resolve, reject) =>
      new Trip(this.#bmc, request, signal, resolve, reject).begin(this.#open(request)),
    );
  }

  #open({ method, path, headers, body }: HttpRequest): http.ClientRequest {
    const url = new URL(path, this.#bmc.origin);
    const length = body === null ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const agent = method === "POST" ? this.#fresh : this.#kept;
    return (this.#secure ? https : http).request(url, { method, agent, headers: { ...headers, ...length } });
  }

  close(): void {
    this.#kept.destroy();
    this.#fresh.destroy();
  }
}

/** One request and its answer. It settles once. */
class Trip {
  readonly #bmc: Bmc;
  readonly #request: HttpRequest;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #req: http.ClientRequest | null = null;
  #timer: NodeJS.Timeout | undefined;
  #connected = false;
  #settled = false;
  readonly #abort = () => this.#fail(this.#signal.reason);

  constructor(
    bmc: Bmc,
    request: HttpRequest,
    signal: AbortSignal,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#bmc = bmc;
    this.#request = request;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(req: http.ClientRequest): void {
    this.#req = req;
    this.#signal.addEventListener("abort", this.#abort, { once: true });
    const { connectMs } = this.#bmc;
    const answerMs = this.#request.answerMs ?? this.#bmc.answerMs;
    req.on("socket", (socket) => {
      const connected = () => {
        this.#connected = true;
        this.#limit(answerMs, `no complete answer within ${answerMs / 1000} s`);
      };
      if (!socket.connecting) return connected();
      this.#limit(connectMs, `no connection within ${connectMs / 1000} s`);
      socket.once("encrypted" in socket ? "secureConnect" : "connect", connected);
    });
    req.on("error", (error: NodeJS.ErrnoException) => this.#fail(this.#errorOf(error)));
    req.on("response", (response) => this.#read(response));
    req.end(this.#request.body ?? undefined);
  }

  #limit(ms: number, text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(new RedfishError("silent", text, { unsent: !this.#connected })), ms);
  }

  #read(response: IncomingMessage): void {
    const parts: Buffer[] = [];
    let size = 0;
    response.on("data", (part: Buffer) => {
      size += part.length;
      parts.push(part);
      if (size > MOST_BYTES) this.#fail(new RedfishError("malformed", `the answer is longer than ${MOST_BYTES} bytes`));
    });
    response.on("error", () => this.#fail(new RedfishError("silent", "the answer broke off")));
    response.on("end", () => {
      const { statusCode: status = 0, headers } = response;
      if (response.complete)
        this.#settle(() => this.#resolve({ status, headers, text: Buffer.concat(parts).toString("utf8") }));
      else this.#fail(new RedfishError("silent", "the answer broke off"));
    });
  }

  #errorOf(error: NodeJS.ErrnoException): unknown {
    const { code = "", message } = error;
    if (UNKNOWN_HOST.includes(code))
      return new RedfishError("address", "its name has no address", { unsent: true }, error);
    if (UNREACHED.includes(code))
      return new RedfishError("silent", `it cannot be reached (${code})`, { unsent: true }, error);
    if (code.startsWith("HPE_")) return new RedfishError("malformed", `what answers is no HTTP (${code})`, {}, error);
    if (!this.#connected && CERTIFICATE.test(code))
      return new RedfishError("certificate", `no TLS connection: ${message}`, { unsent: true }, error);
    return new RedfishError(
      "silent",
      `the connection broke off (${code || message})`,
      { unsent: !this.#connected },
      error,
    );
  }

  #fail(error: unknown): void {
    this.#settle(() => this.#reject(error));
    this.#req?.destroy();
  }

  #settle(tell: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#abort);
    tell();
  }
}
