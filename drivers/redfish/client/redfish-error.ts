/** What went wrong in talking to a BMC by Redfish, sorted by what its operator can do about it. */
import { withoutBootToken } from "../../../common/boot-media.ts";

export type RedfishTrouble =
  /** No connection, no answer in time, or an answer that broke off. */
  | "silent"
  /** A change was sent and not answered: it may have taken effect or not. */
  | "lost"
  /** The host name means nothing. */
  | "address"
  | "certificate"
  | "credentials"
  | "privilege"
  /** Nothing is at that path. */
  | "missing"
  /** The BMC does not do this at all. */
  | "unsupported"
  /** Not now: something else is under way, or the resource has changed meanwhile. */
  | "conflict"
  | "busy"
  | "refused"
  /** The BMC's own error (5xx), or a task that failed. */
  | "failed"
  /** The answer is not what Redfish (DSP0266) says. */
  | "malformed"
  | "redirected";

/** One message of a BMC. `id` without registry version, such as "Base.PropertyUnknown"; null when it gave none. */
export interface RedfishMessage {
  readonly id: string | null;
  readonly text: string;
}

export interface RedfishErrorFacts {
  readonly status?: number;
  readonly messages?: readonly RedfishMessage[];
  /** The BMC cannot have seen the request, so that any may be repeated. */
  readonly unsent?: boolean;
  /** Milliseconds that the BMC asks to wait (Retry-After). */
  readonly retryAfterMs?: number;
}

export class RedfishError extends Error {
  override readonly name = "RedfishError";
  readonly trouble: RedfishTrouble;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  readonly messages: readonly RedfishMessage[];
  readonly unsent: boolean;
  readonly retryAfterMs: number | null;

  constructor(trouble: RedfishTrouble, text: string, facts: RedfishErrorFacts = {}, cause?: unknown) {
    super(withoutBootToken(text), cause === undefined ? undefined : { cause });
    this.trouble = trouble;
    this.status = facts.status ?? null;
    this.messages = (facts.messages ?? []).map((one) => ({ ...one, text: withoutBootToken(one.text) }));
    this.unsent = facts.unsent ?? false;
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }

  /** Whether the BMC named one of these messages, such as "Base.NoOperation". */
  says(...ids: readonly string[]): boolean {
    return this.messages.some(({ id }) => id !== null && ids.includes(id));
  }
}

/** Whether `error` is one of these troubles. */
export function isTrouble(error: unknown, ...troubles: readonly RedfishTrouble[]): error is RedfishError {
  return error instanceof RedfishError && troubles.includes(error.trouble);
}
