/** `ferric policy`, as operators run it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandRun } from "../../support/command-run.ts";

describe("ferric policy", function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-policy-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => new CommandRun(["policy", ...args]).ended;
  const withFile = (text: string) => {
    const file = join(folder, "policy.yaml");
    writeFileSync(file, text);
    return ["--set", `oslo_policy.policy_file=${file}`];
  };
  const RULE = "baremetal:node:set_power_state";

  it("says whether a caller passes a rule, and check by check why", async () => {
    const lessee = ["--roles", "member,reader", "--project", "5f1c", "--owner", "77ab", "--lessee", "5f1c"];
    const { code, out } = await run("check", RULE, ...lessee);
    assert.equal(code, 0, out);
    assert.match(out, /^allowed: baremetal:node:set_power_state$/m);
    assert.match(out, /^no {3}project_id:%\(node\.owner\)s$/m);
    assert.match(out, /^yes {2}project_id:%\(node\.lessee\)s$/m);
    const refused = await run("check", "baremetal:chassis:get", "--roles", "reader", "--project", "5f1c");
    assert.equal(refused.code, 1);
    assert.match(refused.out, /^refused: .*\n.*\nno {3}the token is for project, the rule for system$/m);
  });

  it("finds mistakes in policy files, and tells what is in force", async () => {
    const wrong = await run("check", ...withFile('"baremetal:node:delet": "@"\n'));
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /policy\.yaml:1: rule "baremetal:node:delet".*did you mean "baremetal:node:delete"/);
    const right = withFile(`"${RULE}": "role:ops"\n`);
    assert.match((await run("check", ...right)).out, /can be used: 1 of \d+ rules are not the defaults/);
    assert.match(
      (await run("list", ...right)).out,
      /"baremetal:node:set_power_state": "role:ops" {2}# .*policy\.yaml:1/,
    );
    assert.equal((await run("check", RULE, "--roles", "ops", "--system", ...right)).code, 0);
  });

  it("has its mistakes named by checks of the configuration as a whole", async () => {
    const { code, out } = await new CommandRun(["config", "check", ...withFile('"a": "role"\n')]).ended;
    assert.equal(code, 2, out);
    assert.match(out, /policy\.yaml:1: rule "a" = role: "role" is no check; write role:NAME/);
  });

  it("refuses what it cannot understand", async () => {
    for (const args of [
      ["check", "no:such:rule"],
      ["check", RULE, "--system", "--project", "a"],
      ["list", "more"],
    ])
      assert.equal((await run(...args)).code, 2, args.join(" "));
  });
});
