/** What the answers of a BMC mean: their body as JSON, and statuses that are errors as such (DSP0266 8.6). */
import { isJsonObject, type JsonObject } from "../../../common/json.ts";
import type { HttpAnswer } from "./connection.ts";
import { inWords, messagesOf } from "./messages.ts";
import { RedfishError, type RedfishTrouble } from "./redfish-error.ts";

const TROUBLES: Readonly<Record<number, RedfishTrouble>> = {
  401: "credentials",
  403: "privilege",
  404: "missing",
  405: "unsupported",
  409: "conflict",
  410: "missing",
  412: "conflict",
  423: "conflict",
  428: "conflict",
  429: "busy",
  501: "unsupported",
  503: "busy",
};
const WORDS: Readonly<Record<number, string>> = {
  400: "bad request",
  401: "not logged in",
  403: "not permitted",
  404: "nothing there",
  405: "not possible there",
  409: "conflict",
  410: "gone",
  412: "changed meanwhile",
  428: "needs an ETag",
  429: "too many requests",
  500: "an error inside the BMC",
  501: "not supported",
  502: "an error inside the BMC",
  503: "busy",
  504: "an error inside the BMC",
};
const LONGEST_RETRY_AFTER_MS = 120_000;

/** Null when there is none, or none that is JSON. */
export function jsonOf(text: string): JsonObject | null {
  if (text.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** An answer whose status is 400 or more, as an error. `what` names the request. */
export function refusal(what: string, { status, headers, text }: HttpAnswer): RedfishError {
  const json = jsonOf(text);
  const messages = messagesOf(json ?? undefined);
  const retryAfterMs = retryAfter(headers["retry-after"]);
  // One that says neither why nor until when comes of a proxy, which may have passed the request on.
  const isOfProxy = status === 503 && headers["retry-after"] === undefined && json?.error === undefined;
  const trouble = (isOfProxy ? undefined : TROUBLES[status]) ?? (status >= 500 ? "failed" : "refused");
  const reason = inWords(messages) ?? WORDS[status];
  return new RedfishError(trouble, `${what} was answered with ${status}${reason === undefined ? "" : `: ${reason}`}`, {
    status,
    messages,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

/** Milliseconds; null when it is not said, or as a date, which would trust the BMC's clock. */
export function retryAfter(header: string | undefined): number | null {
  if (header === undefined || !/^\d{1,6}$/.test(header.trim())) return null;
  return Math.min(Number(header) * 1000, LONGEST_RETRY_AFTER_MS);
}
