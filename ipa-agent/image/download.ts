/**
 * Fetches an image over HTTP(S) as a sequence of buffers. A broken connection is taken up again where it ended when the
 * server supports ranges of the same content; otherwise the reader is told to start over. Statuses that say "never"
 * (404, 403 ...) are not retried; the next URL is tried.
 */
import type { IncomingMessage } from "node:http";
import { anySignal } from "../../common/any-signal.ts";
import { imageDownloadError, reasonText } from "../errors.ts";
import { openRequest, shownUrl, type Trust } from "../http-client.ts";
import type { Journal } from "../journal.ts";
import type { Pause } from "../pause.ts";

export interface DownloadOptions {
  readonly urls: readonly string[];
  readonly trust: Trust;
  readonly authorization: string | null;
  readonly journal: Journal;
  readonly pause: Pause;
  /** Milliseconds without a byte. */
  readonly stall: number;
  readonly retries: number;
  /** Milliseconds between tries. */
  readonly retryPause: number;
  /** Milliseconds for the whole; 0: no limit. */
  readonly maxDuration: number;
  readonly signal?: AbortSignal;
}

export interface DownloadSink {
  /** Called before the first byte, again when everything starts over. `total`: bytes, null when the server does not tell. */
  start(total: number | null): Promise<void>;
  data(chunk: Buffer): Promise<void>;
}

/** A failure of the receiving side: trying again would not help. */
class SinkFailed extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(reasonText(reason));
    this.reason = reason;
  }
}

/** A status that will not change by asking again. */
class Final extends Error {}

interface Position {
  received: number;
  total: number | null;
  /** Validator of the content received so far. */
  etag: string | null;
  started: boolean;
}

const REDIRECTS = 5;
const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Bytes received. Errors of the sink come through as they are; all others as ImageDownloadError naming each URL's reason. */
export async function download(options: DownloadOptions, sink: DownloadSink): Promise<number> {
  const failures: string[] = [];
  const limit = options.maxDuration > 0 ? AbortSignal.timeout(options.maxDuration) : null;
  const signals = [limit, options.signal].filter((signal) => signal !== null && signal !== undefined);
  const signal = anySignal(signals);
  for (const url of options.urls) {
    try {
      return await fromUrl(url, { ...options, signal }, sink);
    } catch (error) {
      if (error instanceof SinkFailed) throw error.reason;
      if (limit?.aborted)
        throw imageDownloadError(`${shownUrl(url)} was not complete after ${options.maxDuration / 1000} s`);
      if (signal.aborted) throw error;
      failures.push(`${shownUrl(url)}: ${reasonText(error)}`);
    }
  }
  throw imageDownloadError(failures.join("; "));
}

async function fromUrl(url: string, options: DownloadOptions, sink: DownloadSink): Promise<number> {
  const at: Position = { received: 0, total: null, etag: null, started: false };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await attemptOnce(url, options, sink, at);
      return at.received;
    } catch (error) {
      if (error instanceof SinkFailed || error instanceof Final || options.signal?.aborted) throw error;
      if (attempt >= options.retries) throw new Error(`${reasonText(error)}, after ${attempt + 1} tries`);
      options.journal.info(`image ${shownUrl(url)}: ${reasonText(error)}; again in ${options.retryPause / 1000} s`);
      await options.pause(options.retryPause, options.signal);
    }
  }
}

async function attemptOnce(url: string, options: DownloadOptions, sink: DownloadSink, at: Position): Promise<void> {
  const resume = at.started && at.etag !== null ? at.received : 0;
  const response = await open(new URL(url), options, resume, at.etag);
  try {
    if (!(resume > 0 && response.statusCode === 206 && startOf(response) === resume)) {
      at.received = 0;
      at.total = lengthOf(response);
      at.etag = strongEtag(response);
      at.started = true;
      await sink.start(at.total).catch(wrapSink);
    }
    await receive(response, sink, at);
  } catch (error) {
    if (error instanceof SinkFailed || options.signal?.aborted || !at.started) throw error;
    const reason = isReset(error) ? "the connection ended" : reasonText(error);
    throw new Error(`${reason} after ${at.received}${at.total === null ? "" : ` of ${at.total}`} bytes`, {
      cause: error,
    });
  } finally {
    response.destroy();
  }
  if (at.total !== null && at.received !== at.total) {
    throw new Error(`${at.received} of ${at.total} bytes came`);
  }
}

async function receive(response: IncomingMessage, sink: DownloadSink, at: Position): Promise<void> {
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    await sink.data(chunk).catch(wrapSink);
    at.received += chunk.length;
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}

function wrapSink(error: unknown): never {
  throw new SinkFailed(error);
}

async function open(first: URL, options: DownloadOptions, from: number, etag: string | null): Promise<IncomingMessage> {
  let url = first;
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (from > 0 && etag !== null) Object.assign(headers, { range: `bytes=${from}-`, "if-range": etag });
    // Credentials belong to the server they were given for, never to one it points to.
    if (options.authorization !== null && url.host === first.host) headers.authorization = options.authorization;
    const response = await openRequest(url, {
      headers,
      trust: options.trust,
      stall: options.stall,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const status = response.statusCode ?? 0;
    if (status === 200 || status === 206) return response;
    response.destroy();
    const location = response.headers.location;
    if (status < 300 || status >= 400 || location === undefined) throw statusError(status);
    const next = new URL(location, url);
    if (url.protocol === "https:" && next.protocol !== "https:")
      throw new Final("the server redirects from https to http");
    url = next;
  }
  throw new Final(`more than ${REDIRECTS} redirects`);
}

function statusError(status: number): Error {
  const text = `the server answered HTTP ${status}`;
  return RETRIED_STATUSES.has(status) ? new Error(text) : new Final(text);
}

function lengthOf(response: IncomingMessage): number | null {
  const length = Number(response.headers["content-length"]);
  return response.headers["content-length"] === undefined || !Number.isSafeInteger(length) ? null : length;
}

function startOf(response: IncomingMessage): number | null {
  const range = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "");
  return range === null ? null : Number(range[1]);
}

function strongEtag(response: IncomingMessage): string | null {
  const etag = response.headers.etag;
  return etag === undefined || etag.startsWith("W/") ? null : etag;
}
