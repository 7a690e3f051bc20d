/**
 * What a graphical console is known by, in its node's driver_internal_info under Ironic's own names: where its VNC server
 * is, and the token that opens it. The conductor writes it, the proxy reads it.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Json } from "./json.ts";
import type { Node } from "./objects/node.ts";

export interface ConsoleAccess {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

const HOST = "vnc_host";
const PORT = "vnc_port";
const TOKEN = "novnc_secret_token";
const CREATED = "novnc_secret_token_created";
const TOKEN_BYTES = 32;

export function newAccess(address: Pick<ConsoleAccess, "host" | "port">, now: number): ConsoleAccess {
  return { ...address, token: randomBytes(TOKEN_BYTES).toString("base64url"), createdAt: now };
}

/** As keys of driver_internal_info. */
export function keptAccess({ host, port, token, createdAt }: ConsoleAccess): Readonly<Record<string, Json>> {
  return { [HOST]: host, [PORT]: port, [TOKEN]: token, [CREATED]: new Date(createdAt).toISOString() };
}

/** The same keys, to be taken away. */
export const NO_ACCESS: Readonly<Record<string, undefined>> = {
  [HOST]: undefined,
  [PORT]: undefined,
  [TOKEN]: undefined,
  [CREATED]: undefined,
};

/** Of a revealed node; null when it has none that could be opened. */
export function accessOf({ driver_internal_info: info }: Pick<Node, "driver_internal_info">): ConsoleAccess | null {
  const { [HOST]: host, [PORT]: port, [TOKEN]: token, [CREATED]: created } = info;
  if (typeof host !== "string" || host === "" || typeof token !== "string" || token === "") return null;
  const createdAt = typeof created === "string" ? Date.parse(created) : Number.NaN;
  if (!isPort(port) || Number.isNaN(createdAt)) return null;
  return { host, port, token, createdAt };
}

/** In constant time: both sides are hashed, so that neither length nor content shows. */
export function opens(access: Pick<ConsoleAccess, "token"> | null, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const same = timingSafeEqual(digest(access?.token ?? ""), digest(given));
  return same && access !== null && access.token !== "";
}

/** `timeout` in seconds, `now` in milliseconds since the epoch. */
export function isExpired({ createdAt }: Pick<ConsoleAccess, "createdAt">, timeout: number, now: number): boolean {
  return now >= createdAt + timeout * 1000;
}

function isPort(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 65_535;
}
