/** Expects the Redfish client to fail in a certain way. */
import assert from "node:assert/strict";
import { RedfishError, type RedfishTrouble } from "../../drivers/redfish/client/redfish-error.ts";

export async function trouble(work: Promise<unknown>, expected: RedfishTrouble, text = /./): Promise<RedfishError> {
  const error = await work.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RedfishError, String(error));
  assert.equal(error.trouble, expected, error.message);
  assert.match(error.message, text);
  return error;
}
