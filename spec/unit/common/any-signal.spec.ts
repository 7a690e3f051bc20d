/** Limits of time hold when memory is collected before they are due. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { anySignal } from "../../../common/any-signal.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FOLDERS = ["api", "boot", "common", "conductor", "db", "drivers", "ipa-agent", "tools"];

describe("a signal of several", () => {
  it("aborts in time though memory was collected, for whoever listens", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const other = new AbortController().signal;
    let aborted = 0;
    for (let i = 0; i < 20; i++) {
      anySignal([AbortSignal.timeout(200), other]).addEventListener("abort", () => {
        aborted++;
      });
    }
    collect();
    await pause(50);
    collect();
    await pause(400);
    assert.equal(aborted, 20);
  });

  it("aborts with the first, with its reason, at once when it has aborted", () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const both = anySignal([one.signal, two.signal]);
    two.abort(new Error("second"));
    assert.equal((both.reason as Error).message, "second");
    assert.ok(anySignal([one.signal, two.signal]).aborted);
  });

  it("is what every part of the service uses", () => {
    const users = FOLDERS.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => `${folder}/${name}`)
        .filter((name) => readFileSync(join(ROOT, name), "utf8").includes("AbortSignal.any(")),
    );
    assert.deepEqual(users, ["common/any-signal.ts"]);
  });
});
