/** A class of bad input, and the short way to write its requests. */
import type { RandomRequest } from "./random-requests.ts";

export interface Face {
  readonly name: string;
  readonly requests: readonly RandomRequest[];
  /** What may be answered; without it anything below 500. */
  readonly answers?: readonly number[];
}

const LATEST = { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" };
export const KIB = 1024;

/** A request at the latest microversion, unless `headers` say otherwise. */
export function ask(
  method: string,
  path: string,
  body: RandomRequest["body"] = null,
  headers: Readonly<Record<string, string>> = {},
): RandomRequest {
  return { method, path, body, headers: { ...LATEST, ...headers } };
}

export const asJson = (value: unknown): string => JSON.stringify(value);

/** Of use to hardly any field. */
export const WRONG: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    [],
    [[]],
    [null],
    {},
    { a: null },
    { __proto__: 1 },
    { toString: 0, valueOf: 0 },
  ],
  ...["", " ", "x".repeat(256), "x".repeat(70_000), "a\u0000b", "\ud800", "\ufeff", "😀", "../..", "not-a-uuid"],
];
