/** Services, tasks and failures for tests of the ipmitool interfaces. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import { type TestServices, type TestTask, testServices, testTask } from "../../../support/driver-task.ts";

export const quick = (overrides: ConfigOverrides["ipmi"] = {}): TestServices =>
  testServices({ ipmi: { command_retry_timeout: 6, min_command_interval: 1, ...overrides } }, { realTime: true });

export function taskFor(port: number, more: JsonObject = {}): TestTask {
  const driver_info = {
    ipmi_address: "127.0.0.1",
    ipmi_port: port,
    ipmi_username: "admin",
    ipmi_password: "secretpass",
    ...more,
  };
  return testTask({ driver_info });
}

export async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => assert.fail("it should have failed"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return error;
}
