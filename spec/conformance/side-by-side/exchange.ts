/**
 * One request of the side-by-side walk, and its answer brought into a form in which two services can be compared: without
 * what must differ (made-up ids, times, addresses) and without the wording of messages, which is free.
 */
import { setTimeout as pause } from "node:timers/promises";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";

export interface Step {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  /** Microversion 1.x; 115 when absent, null for no header. */
  readonly minor?: number | null;
  /** Asked again until the top-level keys have these values. */
  readonly until?: Readonly<Record<string, unknown>>;
  /** The answers differ deliberately (deliberate.ts): ours must have this status and these keys, and is not compared. */
  readonly ours?: Ours;
  /** Every text in the body is wording: only the keys are compared. */
  readonly wording?: true;
  /** Top-level keys of the body that are not compared, with the reason in the list of steps. */
  readonly apart?: readonly string[];
}

export interface Ours {
  readonly why: string;
  readonly status: number;
  readonly has: Readonly<Record<string, unknown>>;
  /** What the peer is waited for, in the place of `until`. */
  readonly peerUntil?: Readonly<Record<string, unknown>>;
}

type Options = Omit<Step, "method" | "path" | "body">;

export const get = (path: string, options: Options = {}): Step => ({ method: "GET", path, ...options });
export const post = (path: string, body: unknown, options: Options = {}): Step => ({
  method: "POST",
  path,
  body,
  ...options,
});
export const put = (path: string, body: unknown, options: Options = {}): Step => ({
  method: "PUT",
  path,
  body,
  ...options,
});
export const patch = (path: string, body: unknown, options: Options = {}): Step => ({
  method: "PATCH",
  path,
  body,
  ...options,
});
export const del = (path: string, options: Options = {}): Step => ({ method: "DELETE", path, ...options });
export const replace = (path: string, value: unknown) => [{ op: "replace", path, value }];
export const add = (path: string, value: unknown) => [{ op: "add", path, value }];
export const remove = (path: string) => [{ op: "remove", path }];

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const POLLS = 150;
const POLL_MS = 100;
const TIMEOUT_MS = 60_000;

export async function ask(base: string, step: Step): Promise<Answer> {
  for (let poll = 0; ; poll++) {
    const answer = await once(base, step);
    if (step.until === undefined || reached(answer.body, step.until) || poll === POLLS)
      return comparable(base, step.wording === true ? { ...answer, body: unworded(answer.body) } : answer);
    await pause(POLL_MS);
  }
}

async function once(base: string, { method, path, body, minor = 115 }: Step): Promise<Answer> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: {
      // A service may close a kept connection just as the next request is sent on it.
      Connection: "close",
      ...(minor === null ? {} : { "X-OpenStack-Ironic-API-Version": `1.${minor}` }),
      // Without it the peer takes the body of a PUT for a text.
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : parsed(text) };
}

function unworded(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, typeof value === "string" ? "<text>" : value]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reached(body: unknown, until: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(until).every(
    ([key, value]) => typeof body === "object" && body !== null && Reflect.get(body, key) === value,
  );
}

/** Ids chosen by the walk begin so; every other is made up by the service. */
export const OWN_ID = "5eed";
const UUID = /\b(?!5eed)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?/g;

function comparable(base: string, { status, body }: Answer): Answer {
  return { status, body: without(body, new URL(base).host) };
}

function without(value: unknown, host: string): unknown {
  if (typeof value === "string")
    return value.replaceAll(`http://${host}`, "<base>").replace(UUID, "<uuid>").replace(TIME, "<time>");
  if (Array.isArray(value)) return value.map((item) => without(item, host));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, masked(key, item, host)]);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Keys whose value is the service's own: its host name, ids of rows, and the wording of texts. */
const OWN_VALUES: Readonly<Record<string, string>> = {
  conductor: "<host>",
  reservation: "<host>",
  last_error: "<text>",
  maintenance_reason: "<text>",
  event: "<text>",
  reason: "<text>",
  description: "<text>",
};

function masked(key: string, value: unknown, host: string): unknown {
  if (key === "error_message" && typeof value === "string") return shapeOf(parsed(value));
  // What each service notes for itself, under names of its own.
  if (key === "driver_internal_info") return "<notes>";
  if (key === "agent_token" && typeof value === "string" && value !== "") return "<token>";
  const own = OWN_VALUES[key];
  if (own !== undefined && typeof value === "string" && value !== "") return own;
  if (key === "hosts" && Array.isArray(value)) return value.map(() => "<host>");
  if (key === "shards" && Array.isArray(value)) return value.map((item) => JSON.stringify(without(item, host))).sort();
  if (key.startsWith("enabled_") && Array.isArray(value)) return value.map(String).sort();
  return without(value, host);
}

function shapeOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return "<text>";
  return Object.fromEntries(
    Object.entries(error).map(([key, value]) => [key, /faultstring|description/.test(key) ? "<text>" : value]),
  );
}
