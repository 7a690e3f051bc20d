/** The pieces of the test command: table, closing line, judgement of a replay, limits of files. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { longFiles } from "../../../tools/test/limits.ts";
import { how, run } from "../../../tools/test/part.ts";
import { judge } from "../../../tools/test/replay-part.ts";
import { closingLine, table } from "../../../tools/test/report.ts";

describe("test run", () => {
  const results = [
    { name: "types", passed: 1, failed: 0, skipped: 0, seconds: 2.04 },
    { name: "lab bios", passed: 0, failed: 1, skipped: 2, seconds: 200, note: "first line\nsecond line" },
  ];

  it("ends with one line of sums", () => {
    assert.equal(closingLine(results), "1 passed, 1 failed, 2 skipped");
    assert.equal(closingLine([]), "0 passed, 0 failed, 0 skipped");
  });

  it("shows a table with a line a part", () => {
    const lines = table(results).split("\n");
    assert.equal(lines.length, 4);
    assert.match(lines[2] ?? "", /^\| types +\| 1 +\| 0 +\| 0 +\| 2\.0 /);
    assert.match(lines[3] ?? "", /first line +\|$/);
  });

  it("counts failures of a replay one by one, with what the replayer said of each", () => {
    const output = [
      "FAIL node-list #3 GET /v1/nodes @1.1",
      "     status: expected 200, got 500",
      "     body.x: missing",
      "FAILED node-list: 9 of 10",
      "FAIL agent-deploy calls to agent a1",
      "     expected 3",
      "10 passed, 2 failed",
    ].join("\n");
    const outcome = judge(10, output);
    assert.deepEqual([outcome.passed, outcome.failed, outcome.skipped], [10, 2, 0]);
    assert.match(
      outcome.detail ?? "",
      /#3 GET[\s\S]*body\.x: missing\nFAIL agent-deploy calls to agent a1\n {5}expected 3$/,
    );
    assert.deepEqual(judge(12, "12 passed, 0 failed").failed, 0);
  });

  it("finds files of more than 300 lines", () => {
    const root = mkdtempSync(join(tmpdir(), "ferric-limits-"));
    try {
      mkdirSync(join(root, "api/deep"), { recursive: true });
      writeFileSync(join(root, "api/deep/ok.ts"), "x\n".repeat(300));
      writeFileSync(join(root, "api/deep/long.ts"), "x\n".repeat(301));
      writeFileSync(join(root, "api/long.txt"), "x\n".repeat(900));
      assert.deepEqual(longFiles(root, ["api", "absent"]), [{ file: "api/deep/long.ts", lines: 301 }]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("runs programs with their output in lines, and ends one that takes too long", async () => {
    const lines: string[] = [];
    const script = "console.log('one'); console.log('two'); setTimeout(() => {}, 60000);";
    const options = { log: "spec-run", timeoutMs: 5000, onLine: (line: string) => lines.push(line) };
    const done = await run(process.execPath, ["-e", script], options);
    assert.deepEqual(lines, ["one", "two"]);
    assert.equal(how(done), "ended by SIGTERM");
    const absent = await run("no-such-program", [], { log: "spec-run", timeoutMs: 1000 });
    assert.match(absent.output, /ENOENT/);
  });

  it("does not wait for what a program leaves behind with its output open", async () => {
    const began = performance.now();
    const script = "sleep 60 & echo said; exit 3";
    const left = await run("sh", ["-c", script], { log: "spec-run", timeoutMs: 50_000, graceMs: 200 });
    assert.deepEqual([left.code, left.output], [3, "said\n"]);
    assert.ok(performance.now() - began < 30_000);
  });
});
