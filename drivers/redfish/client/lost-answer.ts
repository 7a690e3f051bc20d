/**
 * Changes whose answer got lost: with the connection, with its time, or behind a proxy. Nobody knows then whether the BMC
 * has heard, so what it shows decides: what is there is not asked for again, what cannot be seen is told as unknown.
 */
import { isJsonObject, type Json } from "../../../common/json.ts";
import type { Bmc, Caller } from "./bmc.ts";
import type { Answer } from "./calls.ts";
import { type Clock, pauseAfter } from "./pace.ts";
import { RedfishError } from "./redfish-error.ts";

/**
 * What a BMC shows of a change: what it came to, also while it is on its way; "nothing": it may be asked for again;
 * "unknown": it may not.
 */
export type Finding = Answer | "nothing" | "unknown";
/** @throws RedfishError, which counts as "unknown" */
export type Look = () => Promise<Finding>;

export interface Sending {
  readonly bmc: Pick<Bmc, "attempts" | "retryMs">;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly caller: Caller;
  /** Milliseconds from the first time on in which it may be sent again. */
  readonly withinMs?: number;
}

const WITHIN_MS = 120_000;
/** What proxies answer when they have not heard from the BMC (RFC 9110, 15.6.3 to 15.6.5). */
const OF_PROXIES: readonly (number | null)[] = [502, 503, 504];

export function found(isThere: boolean): Finding {
  return isThere ? { status: 204, location: null, body: null } : "nothing";
}

/** For what is the same when it is made twice. */
export const REPEATABLE: Look = async () => "nothing";

/** Whether the BMC may have heard the request that ended so. */
export function isLost(error: unknown): error is RedfishError {
  if (!(error instanceof RedfishError) || error.unsent) return false;
  return error.trouble === "silent" || (error.trouble === "failed" && OF_PROXIES.includes(error.status));
}

/** @throws RedfishError: "lost" when nobody can tell; the signal's reason, what the caller's `mayAct` throws */
export async function sendOrFind(send: () => Promise<Answer>, look: Look | null, sending: Sending): Promise<Answer> {
  const { bmc, clock, caller, withinMs = WITHIN_MS } = sending;
  const began = clock.now();
  let lost: RedfishError | null = null;
  for (let sent = 1; ; sent++) {
    const result = await send().catch(asTrouble);
    if (!(result instanceof RedfishError)) return result;
    if (isLost(result)) lost = result;
    if (lost === null) throw result;
    if (look === null) throw lostError(lost, null);
    await clock.sleep(pauseAfter(sent, bmc), caller.signal);
    // Also after a refusal: many BMCs refuse what is done already.
    const finding = await look().catch(asTrouble);
    if (!(finding instanceof RedfishError) && typeof finding === "object") return finding;
    if (result.status !== null && result.status < 500) throw result;
    const mayRepeat = finding === "nothing" && sent < bmc.attempts && clock.now() - began < withinMs;
    const since = finding instanceof RedfishError ? finding : result;
    if (result !== lost || !mayRepeat) throw lostError(lost, since === lost ? null : since);
    await caller.mayAct?.();
  }
}

/** Whether all that was to be set is there. Annotations tell how to set, and are not kept. */
export function holds(found: Json | undefined, wanted: Json): boolean {
  if (isJsonObject(wanted)) {
    const values = Object.entries(wanted).filter(([name]) => !name.includes("@"));
    return isJsonObject(found) && values.every(([name, value]) => holds(found[name], value));
  }
  if (!Array.isArray(wanted)) return (found ?? null) === wanted;
  return (
    Array.isArray(found) && found.length === wanted.length && wanted.every((value, index) => holds(found[index], value))
  );
}

function asTrouble(error: unknown): RedfishError {
  if (error instanceof RedfishError) return error;
  throw error;
}

function lostError(lost: RedfishError, since: RedfishError | null): RedfishError {
  const { status } = lost;
  const text = `${lost.message}; its answer is lost, and whether it took effect is not known`;
  const facts = status === null ? {} : { status };
  return new RedfishError("lost", since === null ? text : `${text} (since then: ${since.message})`, facts, lost);
}
