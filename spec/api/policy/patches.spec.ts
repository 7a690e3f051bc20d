/** Changes of nodes, path by path: every operation's rule must hold. And steps that reach a machine past the call that is guarded. */
import assert from "node:assert/strict";
import { rulesOfPatch } from "../../../api/routes/node-rights.ts";
import { beforeOwnedTests, type Owned, ownedRecords } from "../../support/owned-records.ts";
import { type ApiWithRules, apiWithRules, PROJECTS } from "../../support/personas.ts";
import { contractFile, WHY_SKIPPED } from "../../unit/common/contract-file.ts";

interface Facts {
  readonly patch_path_rules: Readonly<Record<string, string>>;
}
const facts = contractFile("policies.json") as Facts | null;

const add = (path: string, value: unknown = "v") => ({ op: "add", path, value }) as const;

describe(`rules of paths ${facts === null ? WHY_SKIPPED : ""}`, () => {
  before(function () {
    if (facts === null) this.skip();
  });

  it("are the contract's", () => {
    for (const [paths, rule] of Object.entries(facts?.patch_path_rules ?? {}))
      for (const [path = ""] of paths.matchAll(/\/[*\w]+/g)) {
        const value = rule.endsWith("disable_cleaning") ? false : "v";
        for (const each of path.startsWith("/*") ? ["/power_interface", "/network_interface"] : [path, `${path}/deep`])
          if (paths !== "anything else") assert.deepEqual(rulesOfPatch([add(each, value)]), [rule], each);
      }
  });
});

describe("changes of nodes", () => {
  let api: ApiWithRules;
  let records: Owned;
  beforeOwnedTests((madeApi, madeRecords) => {
    api = madeApi;
    records = madeRecords;
  });

  const patch = (name: string, ...operations: readonly object[]) =>
    api.as(name, "PATCH", `/v1/nodes/${records.shared}`, operations);

  it("need the rule of every path: one that is refused refuses all, and nothing is changed", async () => {
    const { status, text } = await patch("lessee-member", add("/extra/mine"), add("/driver_info/a"));
    assert.equal(status, 403);
    assert.match(text, /baremetal:node:update:driver_info/);
    const { extra } = await api.stores.nodes.get(records.shared);
    assert.deepEqual(extra, {});
    assert.equal((await patch("lessee-member", add("/extra/mine"))).status, 200);
  });

  it("need no other rule than those of their paths", async () => {
    assert.equal((await patch("owner-service", add("/driver_info/a"))).status, 200);
    assert.equal((await patch("owner-service", add("/description"))).status, 403);
    assert.equal((await patch("lessee-reader")).status, 403);
    assert.equal((await patch("lessee-member")).status, 200);
  });

  for (const value of [false, "false", "off", "0", "No"])
    it(`do not turn cleaning off by ${JSON.stringify(value)} without the rule for it`, async () => {
      const { status, text } = await patch("owner-admin", add("/automated_clean", value));
      assert.equal(status, 403, text);
      assert.match(text, /baremetal:node:disable_cleaning/);
    });

  it("turn cleaning on, or leave it to the service, by the general rule", async () => {
    assert.equal((await patch("lessee-member", add("/automated_clean", true))).status, 200);
    assert.equal((await patch("lessee-member", { op: "remove", path: "/automated_clean" })).status, 200);
  });

  it("give a node away by the system's callers only, and an active one by its administrators only", async () => {
    assert.equal((await patch("owner-admin", add("/owner", PROJECTS.other))).status, 403);
    assert.equal((await patch("owner-admin", add("/lessee", PROJECTS.other))).status, 200);
    assert.equal((await patch("owner-admin", add("/lessee", PROJECTS.lessee))).status, 200);
    const active = (name: string) =>
      api.as(name, "PATCH", `/v1/nodes/${records.active}`, [add("/owner", PROJECTS.other)]);
    assert.equal((await active("system-manager")).status, 409);
    assert.equal((await active("system-admin")).status, 200);
  });

  it("of a runbook are by path too", async () => {
    const of = (name: string, ...operations: readonly object[]) =>
      api.as(name, "PATCH", `/v1/runbooks/${records.runbook}`, operations);
    assert.equal((await of("owner-manager", add("/extra/a"))).status, 200);
    assert.match((await of("owner-manager", add("/extra/a"), add("/public", true))).text, /runbook:update:public/);
    assert.match((await of("owner-manager", add("/owner", PROJECTS.other))).text, /runbook:update:owner/);
  });
});

describe("raw commands as steps (CVE-2026-54423)", () => {
  const RAW = { interface: "vendor", step: "send_raw", args: { raw_bytes: "0x00 0x01" } };
  let api: ApiWithRules;
  let records: Owned;

  before(async function () {
    this.timeout(60_000);
    // As an operator would allow them: what is left to guard them is the rule of the call.
    api = await apiWithRules({
      api: { port: 0, disallow_clean_steps: [], disallow_deploy_steps: [], disallow_service_steps: [] },
    });
    records = await ownedRecords(api);
    await api.stores.nodes.updateUnlocked(records.shared, { provision_state: "manageable", traits: ["CUSTOM_RAW"] });
  });
  after(async () => await api[Symbol.asyncDispose]());

  const provision = (name: string, body: object) =>
    api.as(name, "PUT", `/v1/nodes/${records.shared}/states/provision`, body);

  it("pass the rule of vendor calls, as cleaning steps and as a runbook's", async () => {
    const clean = { target: "clean", clean_steps: [RAW] };
    const refused = await provision("owner-admin", clean);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /baremetal:node:vendor_passthru/);
    assert.equal((await provision("system-admin", clean)).status, 202);
    const steps = [{ ...RAW, order: 1 }];
    const book = { name: "CUSTOM_RAW", steps, owner: PROJECTS.owner };
    const runbook = await records.make("/v1/runbooks", book);
    await api.as("system-admin", "PUT", `/v1/runbooks/${runbook}/traits/CUSTOM_RAW`);
    const used = await provision("owner-manager", { target: "clean", runbook });
    assert.equal(used.status, 403, used.text);
    assert.match(used.text, /baremetal:node:vendor_passthru/);
    assert.equal((await provision("system-admin", { target: "clean", runbook })).status, 202);
  });

  it("pass it as deploy steps", async () => {
    await api.stores.nodes.updateUnlocked(records.shared, { provision_state: "available" });
    const deploy = { target: "active", deploy_steps: [{ ...RAW, priority: 10 }] };
    assert.equal((await provision("owner-admin", deploy)).status, 403);
    assert.equal((await provision("owner-admin", { target: "active" })).status, 202);
  });
});
