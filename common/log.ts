/** Structured logs: one JSON object a line, with request id and node from the bindings. Secrets are masked by key. */
import pino from "pino";
import { isJsonObject, type JsonObject } from "./json.ts";
import { maskSecrets } from "./secrets.ts";

export interface Logger {
  debug(detail: object, text: string): void;
  info(detail: object, text: string): void;
  warn(detail: object, text: string): void;
  error(detail: object, text: string): void;
  /** A logger that adds `bindings` (request_id, node) to every line. */
  child(bindings: object): Logger;
}

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** Where the lines go; standard error by default. */
  readonly stream?: NodeJS.WritableStream;
}

export function createLogger(options: LogOptions): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }), log: maskDetail },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(settings, options.stream ?? pino.destination(2));
}

function maskDetail(detail: Record<string, unknown>): Record<string, unknown> {
  return isJsonObject(detail) ? maskSecrets(detail as JsonObject) : detail;
}

export const silent: Logger = createLogger({ level: "silent" });
