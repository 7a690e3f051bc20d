/** Where a container's VNC server can be reached: what an engine says of its published port, and whether it greets there. */
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { anySignal } from "../../common/any-signal.ts";
import type { Config } from "../../common/config/config.ts";
import { ConsoleContainerFailure } from "../../common/errors/console.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { VncAddress } from "./provider.ts";

/** In the container. */
export const VNC_PORT = "5900/tcp";
const EVERYWHERE = new Set(["0.0.0.0", "::", ""]);
/** RFC 6143, 7.1.1: "RFB 003.008\n". */
const GREETING = /^RFB \d{3}\.\d{3}\n$/;
const GREETING_BYTES = 12;
const RETRY_MS = 250;
const TRY_MS = 2000;

/** What is published where nothing else is configured: a port that the engine chooses, on one address. */
export function publishedAt(given: string | null, { DEFAULT }: Config): string {
  const own = ownAddress(DEFAULT);
  return given ?? `${own.includes(":") ? `[${own}]` : own}::5900`;
}

/**
 * Of `podman port` or `docker port`: lines such as 127.0.0.1:34567, with or without "5900/tcp -> " before them. An IPv4
 * address is preferred; one that means "everywhere" is replaced by this host's. @throws ConsoleContainerFailure
 */
export function publishedAddress(said: string, provider: string, { DEFAULT }: Config): VncAddress {
  const found = said
    .split("\n")
    .map((line) => /^(?:5900\/tcp -> )?(.*):(\d{1,5})$/.exec(line.trim()))
    .flatMap((match) => (match === null ? [] : [{ host: bare(match[1] ?? ""), port: Number(match[2]) }]))
    .filter(({ port }) => port > 0 && port <= 65_535);
  const chosen = found.find(({ host }) => !host.includes(":")) ?? found[0];
  if (chosen === undefined)
    throw ConsoleContainerFailure({
      provider,
      reason: `the container has no published port 5900: it said "${said.trim().slice(0, 100)}".`,
    });
  return { host: EVERYWHERE.has(chosen.host) ? ownAddress(DEFAULT) : chosen.host, port: chosen.port };
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, "");

const ownAddress = ({ my_ip }: Config["DEFAULT"]): string => my_ip ?? "127.0.0.1";

/** Resolves once a VNC server greets. @throws ConsoleContainerFailure after `seconds`, the signal's reason */
export async function untilGreeted(
  address: VncAddress,
  { provider, seconds, signal }: { readonly provider: string; readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (let last = ""; ; ) {
    try {
      return await greeted(address, signal);
    } catch (error) {
      signal.throwIfAborted();
      last = reasonOf(error);
    }
    if (performance.now() >= until)
      throw ConsoleContainerFailure({
        provider,
        reason: `no VNC server answered at ${address.host}:${address.port} within ${seconds} s ([vnc]wait_for_ready_timeout): ${last}.`,
      });
    await pause(RETRY_MS, undefined, { signal });
  }
}

function greeted({ host, port }: VncAddress, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = anySignal([signal, AbortSignal.timeout(TRY_MS)]);
    const socket = connect({ host, port, signal: limit });
    let heard = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      heard += text.slice(0, GREETING_BYTES);
      if (heard.length < GREETING_BYTES) return;
      if (GREETING.test(heard.slice(0, GREETING_BYTES))) resolve();
      else reject(new Error("what listens there is no VNC server"));
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed before a greeting")));
  });
}
