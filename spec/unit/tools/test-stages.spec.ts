/** The order of a test run: what follows each other, what runs side by side, and what becomes of a part that fails. */
import assert from "node:assert/strict";
import { linesOf, sum } from "../../../tools/test/covered-part.ts";
import { type Part, passed } from "../../../tools/test/part.ts";
import { STAGES } from "../../../tools/test/parts.ts";
import { only, partsOf, performAll, type Stage } from "../../../tools/test/stages.ts";
import { Gate } from "../../support/gate.ts";

const part = (name: string): Part => ({ name, run: async () => passed() });

describe("stages of a test run", () => {
  const stages: readonly Stage[] = [
    [[part("types"), part("lint")]],
    [
      [part("fuzz"), part("replay")],
      [part("queue"), part("agents")],
    ],
    [[part("lab")]],
  ];

  it("follow each other; their lanes run side by side, the parts of a lane in turn", async () => {
    const told: string[] = [];
    const gate = new Gate();
    gate.close();
    const results = await performAll(stages, async ({ name }) => {
      told.push(`${name} begins`);
      // The other lane goes on to its end while this part is at work.
      if (name === "fuzz") await gate.through(async () => {});
      if (name === "agents") gate.open();
      told.push(`${name} ends`);
      return name;
    });
    assert.deepEqual(results, ["types", "lint", "fuzz", "replay", "queue", "agents", "lab"]);
    const at = (line: string) => told.indexOf(line);
    assert.ok(at("types ends") < at("lint begins") && at("lint ends") < at("fuzz begins"));
    assert.ok(at("queue ends") < at("agents begins") && at("agents begins") < at("fuzz ends"));
    assert.ok(at("fuzz ends") < at("replay begins") && at("replay ends") < at("lab begins"));
  });

  it("keep their order when parts are left out", async () => {
    const some = only(stages, ({ name }) => name !== "fuzz" && name !== "lab");
    assert.deepEqual(await performAll(some, async ({ name }) => name), ["types", "lint", "replay", "queue", "agents"]);
    assert.deepEqual(partsOf(some).length, 5);
  });

  it("name each part once", () => {
    const names = partsOf(STAGES).map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });
});

describe("several suites as one part", () => {
  const ok = { passed: 3, failed: 0, skipped: 1, note: "" };

  it("add their counts, and say what each of them says", () => {
    const bad = { passed: 1, failed: 2, skipped: 0, note: "needed a second try: x", detail: "x\n    boom" };
    assert.deepEqual(sum([ok, bad, { passed: 0, failed: 0, skipped: 0, note: "lines covered: 93.26%" }]), {
      passed: 4,
      failed: 2,
      skipped: 1,
      note: "needed a second try: x, lines covered: 93.26%",
      detail: "x\n    boom",
    });
  });

  it("fail where nothing tells what they covered", () => {
    const run = (output: string, code: number) => ({ output, code, signal: null });
    const summary = "Statements   : 91.2% ( 9/10 )\nLines        : 93.26% ( 93/100 )\n";
    assert.deepEqual([linesOf(run(summary, 0)).failed, linesOf(run(summary, 0)).note], [0, "lines covered: 93.26%"]);
    assert.equal(linesOf(run(summary, 1)).failed, 1);
    assert.equal(linesOf(run("", 0)).failed, 1);
  });
});
