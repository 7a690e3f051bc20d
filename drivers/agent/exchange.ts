/**
 * One HTTP(S) exchange with a peer we do not trust: limits on time and size, an abort signal, no redirects. Used for
 * the agent's command API, and for looking at images before a deploy.
 */
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { anySignal } from "../../common/any-signal.ts";

export interface ExchangeOptions {
  readonly method: "GET" | "HEAD" | "POST";
  /** JSON text of the body. */
  readonly body?: string;
  /** For the whole exchange, milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of the answer's body; more is refused. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly tls?: ConnectionOptions;
  readonly lookup?: LookupFunction;
  /** The connection is closed once the headers are there; the body stays empty. */
  readonly headersOnly?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `connect`: nothing was answered, another try may do; `late`: time ran out; `broken`: what came is no answer. */
export type ExchangeFailure = "connect" | "late" | "broken" | "refused";

export class ExchangeError extends Error {
  readonly failure: ExchangeFailure;
  override readonly name = "ExchangeError";

  constructor(failure: ExchangeFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** @throws ExchangeError; the signal's reason when it aborts */
export async function exchange(url: URL, options: ExchangeOptions): Promise<Answer> {
  options.signal.throwIfAborted();
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = anySignal([options.signal, late]);
  try {
    return await send(url, options, signal);
  } catch (error) {
    options.signal.throwIfAborted();
    if (late.aborted) throw new ExchangeError("late", `no complete answer within ${options.timeoutMs / 1000} s`, error);
    throw error instanceof ExchangeError ? error : asFailure(error);
  }
}

function send(url: URL, options: ExchangeOptions, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = deferred<Answer>();
  const body = options.body === undefined ? undefined : Buffer.from(options.body);
  const secure = url.protocol === "https:";
  const request = (secure ? https : http).request(url, {
    method: options.method,
    signal,
    agent: false,
    headers: {
      accept: "application/json, */*",
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": body.length }),
    },
    ...(secure ? options.tls : {}),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  });
  request.on("error", reject);
  request.on("response", (response) => {
    const answer = { status: response.statusCode ?? 0, headers: response.headers };
    if (options.headersOnly) resolve({ ...answer, body: Buffer.alloc(0) });
    else receive(response, options.maxBytes).then((content) => resolve({ ...answer, body: content }), reject);
  });
  request.end(body);
  return promise.finally(() => request.destroy());
}

async function receive(response: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBytes) throw new ExchangeError("broken", `the answer is larger than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  if (!response.complete) throw new ExchangeError("broken", "the connection ended in the middle of the answer");
  return Buffer.concat(chunks);
}

const CONNECT_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ETIMEDOUT",
  "EPIPE",
  "EAI_AGAIN",
  "ENOTFOUND",
]);

function asFailure(error: unknown): ExchangeError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const text = error instanceof Error ? error.message : String(error);
  if (CONNECT_CODES.has(code)) return new ExchangeError("connect", text || code, error);
  return new ExchangeError("broken", text || code, error);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
