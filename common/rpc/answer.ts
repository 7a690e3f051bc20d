/** Carries a call out on the serving side and turns whatever happens into a reply. Every transport answers by it. */
import type { Context } from "../context.ts";
import { toFault } from "../errors/fault.ts";
import { admit } from "./admit.ts";
import type { Call, Handlers, Reply } from "./contract.ts";

/** `onUnexpected` hears of errors that are no faults; the caller sees them as a plain 500. */
export async function answerCall(
  handlers: Handlers,
  call: Call,
  onUnexpected: (error: unknown, call: Call) => void,
): Promise<Reply<unknown>> {
  try {
    admit(call, Date.now());
    const handler = handlers[call.method] as (params: unknown, context: Context) => Promise<unknown>;
    return { ok: true, value: await handler(call.params, call.context) };
  } catch (error) {
    const fault = toFault(error);
    if (fault.name === "InternalError") onUnexpected(error, call);
    return { ok: false, fault };
  }
}
