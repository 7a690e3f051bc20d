/** Structured logs: one JSON object a line, with request id and node from the bindings. Secrets are masked by key. */
import pino from "pino";
import { isSecretKey, MASK } from "./secrets.ts";

export interface Logger {
  debug(detail: object, text: string): void;
  info(detail: object, text: string): void;
  warn(detail: object, text: string): void;
  error(detail: object, text: string): void;
  /** A logger that adds `bindings` (request_id, node) to every line. */
  child(bindings: object): Logger;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LogOptions {
  readonly level: LogLevel;
  /** Where the lines go; standard error by default. */
  readonly stream?: NodeJS.WritableStream;
  /** A file to append to, in place of standard error. */
  readonly file?: string | null;
}

export function createLogger(options: LogOptions): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }), log: maskDetail },
  };
  return wrap(pino(settings, options.stream ?? destination(options.file)));
}

/** pino passes the bindings of a child by its formatters, so they are masked here. */
function wrap(inner: pino.Logger): Logger {
  return {
    debug: (detail, text) => inner.debug(detail, text),
    info: (detail, text) => inner.info(detail, text),
    warn: (detail, text) => inner.warn(detail, text),
    error: (detail, text) => inner.error(detail, text),
    child: (bindings) => wrap(inner.child(maskDetail({ ...bindings }))),
  };
}

/** Written at once: the last lines before an end by force are those that tell why. */
function destination(file: string | null | undefined): pino.DestinationStream {
  return pino.destination(file ? { dest: file, append: true, mkdir: true, sync: true } : { dest: 2, sync: true });
}

/** Deeper than any record of ours: what lies below is a foreign object with cycles. */
const MAX_DEPTH = 12;
const CREDENTIALS_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi;

function maskDetail(detail: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, maskEntry(key, value, 0)]));
}

function maskEntry(key: string, value: unknown, depth: number): unknown {
  return isSecretKey(key) && value !== null && value !== undefined ? MASK : maskUnknown(value, depth + 1);
}

/** Unlike records, what is logged may hold errors, dates, buffers and cycles. */
function maskUnknown(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.replace(CREDENTIALS_IN_URL, `$1${MASK}@`);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return "(deeper)";
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date || value instanceof URL) return maskUnknown(String(value), depth);
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return value.map((item) => maskUnknown(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskEntry(key, inner, depth)]));
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...rest } = error as Error & Record<string, unknown>;
  return {
    type: name,
    message: maskUnknown(message, depth),
    stack: maskUnknown(stack, depth),
    ...(cause === undefined ? {} : { cause: maskUnknown(cause, depth + 1) }),
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, maskEntry(key, value, depth)])),
  };
}

export const silent: Logger = createLogger({ level: "silent" });
