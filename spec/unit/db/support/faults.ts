/** Assertions on faults: which one it was, and what its text names. */
import assert from "node:assert/strict";
import { FerricError } from "../../../../common/errors/fault.ts";

export async function refusedWith(
  work: Promise<unknown> | (() => Promise<unknown>),
  kind: { readonly faultName: string; readonly code: number },
  ...mentions: readonly string[]
): Promise<void> {
  const promise = typeof work === "function" ? work() : work;
  const error = await promise.then(
    () => assert.fail(`expected ${kind.faultName}, but it succeeded`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FerricError, `expected ${kind.faultName}, got ${String(error)}`);
  assert.equal(error.name, kind.faultName);
  assert.equal(error.code, kind.code);
  for (const mention of mentions) assert.ok(error.message.includes(mention), `"${error.message}" names ${mention}`);
}
