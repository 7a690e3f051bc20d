/** An option that is accepted and then ignored misleads the operator: every one is read, or refused by name. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GROUPS } from "../../../../common/config/config.ts";
import { unbuiltRule } from "../../../../common/config/unbuilt.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const FOLDERS = ["api", "boot", "common", "conductor", "db", "drivers", "ipa-agent", "tools"];

/** Read under a name that is put together. */
const COMPOSED = [/^(?:enabled_\w+_interfaces|default_\w+_interface)$/, /^\w+_delay$/];
/** One value is all that they take. */
const FIXED = ["agent.deploy_logs_storage_backend"];

function words(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const folder of FOLDERS)
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      if (!entry.endsWith(".ts") || join(folder, entry).startsWith(join("common", "config"))) continue;
      for (const word of readFileSync(join(ROOT, folder, entry), "utf8").match(/\w+/g) ?? []) found.add(word);
    }
  return found;
}

describe("options of the configuration", () => {
  it("are all read by somebody, or refused where they ask for what is not there", () => {
    const known = words();
    const idle = Object.entries(GROUPS).flatMap(([section, group]) =>
      Object.keys(group)
        .filter((option) => !known.has(option) && !COMPOSED.some((pattern) => pattern.test(option)))
        .filter((option) => unbuiltRule(section, option) === undefined)
        .map((option) => `${section}.${option}`),
    );
    assert.deepEqual(idle, FIXED);
  });
});
