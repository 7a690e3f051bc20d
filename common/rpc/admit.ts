/** Whether a call that has arrived may still be carried out. Every transport asks before it runs a handler. */
import { ConductorTimeout } from "../errors/driver.ts";
import { NotAcceptable } from "../errors/request.ts";
import { CALL_VERSION, type Call } from "./contract.ts";

/**
 * @throws ConductorTimeout past the deadline: a conductor that comes back after an hour must not act for clients long
 * gone; NotAcceptable for a version that is neither ours nor the one before
 */
export function admit(call: Pick<Call, "v" | "method" | "deadline">, now: number): void {
  if (call.v !== CALL_VERSION && call.v !== CALL_VERSION - 1)
    throw NotAcceptable({
      reason: `Call ${call.method} has version ${call.v}; this conductor serves ${CALL_VERSION} and the one before. Upgrade API and conductor together.`,
    });
  if (now > call.deadline)
    throw ConductorTimeout({ method: call.method, seconds: Math.round((now - call.deadline) / 1000) });
}
