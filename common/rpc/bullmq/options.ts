/** How this process speaks to its Redis: connection options from [redis], and the names of keys. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { Config } from "../../config/config.ts";

/** Longest pause between two tries to connect again. */
const RECONNECT_MS = 500;
/** A blocking read returns empty after this long, so that a dead connection is noticed. */
export const BLOCK_MS = 5000;

export interface Keys {
  /** Prefix of the queues' own keys. */
  readonly queues: string;
  /** Who serves a conductor's calls: the session's id, while it renews it. */
  presence(host: string): string;
  /** Replies to one calling process. */
  replies(caller: string): string;
  readonly events: string;
}

export function keysOf({ redis }: Config): Keys {
  const { key_prefix: prefix } = redis;
  return {
    queues: `${prefix}:queue`,
    presence: (host) => `${prefix}:serves:${host}`,
    replies: (caller) => `${prefix}:replies:${caller}`,
    events: `${prefix}:events`,
  };
}

/** Queue names may not hold a colon. */
export function queueName(host: string): string {
  return `conductor.${encodeURIComponent(host)}`;
}

/** @throws Error when [redis]ca_file cannot be read */
export function connectionOptions({ redis }: Config) {
  const url = new URL(redis.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: url.port === "" ? 6379 : Number(url.port),
    db: url.pathname.length > 1 ? Number(url.pathname.slice(1)) : 0,
    ...(redis.username !== null && { username: redis.username }),
    ...(redis.password !== null && { password: redis.password }),
    ...(url.protocol === "rediss:" && { tls: tlsOf(redis.ca_file, host) }),
    connectTimeout: redis.command_timeout,
    retryStrategy: (times: number) => Math.min(50 * times, RECONNECT_MS),
    // The reply of every kind of connection is awaited for at most BLOCK_MS; a socket silent for longer is dead.
    socketTimeout: BLOCK_MS + redis.command_timeout,
    keepAlive: BLOCK_MS,
    replyMapping: "legacy" as const,
  };
}

function tlsOf(caFile: string | null, servername: string) {
  // RFC 6066, section 3: an address is no server name.
  const name = isIP(servername) === 0 ? { servername } : {};
  return { ...name, minVersion: "TLSv1.2" as const, ...(caFile !== null && { ca: readFileSync(caFile, "utf8") }) };
}
