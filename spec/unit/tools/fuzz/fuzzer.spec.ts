/** The fuzzer finds what is hidden behind conditions, repeats itself by its seed, and tells crashes apart. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Random } from "../../../../tools/fault-matrix/random.ts";
import { mutatedJson } from "../../../../tools/fuzz/json-mutation.ts";
import { mutated } from "../../../../tools/fuzz/mutate.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");

/** In a process of its own: it counts what code runs, and so does the coverage of these tests. */
const SCRIPT = `
import { fuzz } from ${JSON.stringify(join(ROOT, "tools/fuzz/fuzzer.ts"))};
import { Coverage } from ${JSON.stringify(join(ROOT, "tools/fuzz/coverage.ts"))};
using coverage = new Coverage();
const { hidden } = await import("./hidden.ts");
const target = { name: "t", what: "", seeds: [Buffer.from("aaaaaaaa")], words: [], run: hidden };
const figures = await fuzz(target, { seed: Number(process.argv[2]), seconds: 60, inputs: 60_000 }, coverage);
const { promising } = await import("./hidden.ts");
const two = { name: "p", what: "", seeds: [Buffer.from("a"), Buffer.from("b")], words: [], run: promising };
const broken = await fuzz(two, { seed: 1, seconds: 60, inputs: 2 }, coverage);
const firstLines = ({ crashes }) => crashes.map(({ error }) => error.split("\\n")[0]);
console.log(JSON.stringify({ crashes: firstLines(figures), broken: firstLines(broken) }));
`;
const HIDDEN = `
import { hold } from ${JSON.stringify(join(ROOT, "tools/fuzz/target.ts"))};
export function promising(input: Buffer): void {
  hold(input[0] !== 97, "no a");
  hold(input[0] !== 98, "no b");
}
export function hidden(input: Buffer): void {
  const low = (place: number) => (input[place] ?? 0) & 15;
  if (low(0) === 6)
    if (low(1) === 5)
      if (low(2) === 10)
        if (low(3) === 3)
          if (low(4) === 12) throw new Error("found");
}
`;

describe("the fuzzer", () => {
  it("finds a fault behind five conditions, which chance alone does once in a million inputs", function () {
    this.timeout(120_000);
    // Below the repository: only our own code is looked at.
    const folder = mkdtempSync(join(ROOT, "coverage-fuzz-"));
    try {
      writeFileSync(join(folder, "hidden.ts"), HIDDEN);
      writeFileSync(join(folder, "run.ts"), SCRIPT);
      const env = { ...process.env, NODE_V8_COVERAGE: "" };
      const args = ["--import", "tsx", join(folder, "run.ts"), "7"];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: "utf8" });
      const { crashes, broken } = JSON.parse(stdout || stderr);
      assert.deepEqual(crashes, ["Error: found"], stderr);
      assert.deepEqual(broken, ["Broken: no a", "Broken: no b"], "two promises are two crashes");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("makes the same inputs of the same seed", () => {
    const made = (seed: number) => {
      const random = new Random(seed);
      const material = { random, words: ["word"], others: [Buffer.from("other input")] };
      return Array.from({ length: 200 }, () =>
        mutated(Buffer.from("an input of some length"), material).toString("hex"),
      );
    };
    assert.deepEqual(made(5), made(5));
    assert.notDeepEqual(made(5), made(6));
    assert.ok(new Set(made(5)).size > 150);
  });

  it("changes JSON into other JSON, and leaves what is none", () => {
    const random = new Random(3);
    for (let made = 0; made < 500; made++) {
      const text = mutatedJson('{"a": [1, {"b": "c"}], "d": null}', random);
      assert.doesNotThrow(() => JSON.parse(text ?? ""));
    }
    assert.equal(mutatedJson("no JSON", random), null);
  });
});
