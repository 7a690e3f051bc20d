/** Runbooks in provision requests: who may use one, and what becomes of the request. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

describe("a runbook in a provision request", () => {
  let api: ApiUnderTest;
  let node: string;
  before(async () => {
    api = await apiUnderTest();
    node = ((await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).json as { uuid: string }).uuid;
    const steps = [
      { interface: "raid", step: "second", order: 2 },
      { interface: "bios", step: "first", order: 1, args: { password: "x" } },
    ];
    const body = { name: "CUSTOM_RB", steps, disable_ramdisk: true };
    assert.equal((await api.send("POST", "/v1/runbooks", { body })).status, 201);
    await api.send("PUT", "/v1/runbooks/CUSTOM_RB/traits", { body: { traits: ["CUSTOM_X"] } });
  });
  after(() => api[Symbol.asyncDispose]());

  const ask = async (traits: readonly string[], body: object, minor = 115, state = "manageable") => {
    await api.stores.nodes.updateUnlocked(node, { provision_state: state as "manageable", traits });
    return api.send("PUT", `/v1/nodes/${node}/states/provision`, { minor, body: { runbook: "CUSTOM_RB", ...body } });
  };
  const ordered = [
    { interface: "bios", step: "first", args: { password: "x" } },
    { interface: "raid", step: "second", args: {} },
  ];

  it("brings its steps in their order, and its own word about the ramdisk", async () => {
    const answer = await ask(["CUSTOM_X"], { target: "clean", disable_ramdisk: false });
    assert.equal(answer.status, 202, answer.text);
    const { method, params } = api.conductor.lastCall() ?? {};
    assert.deepEqual([method, params], ["doNodeClean", { node, clean_steps: ordered, disable_ramdisk: true }]);
  });

  it("serves as well for servicing", async () => {
    assert.equal((await ask(["CUSTOM_X"], { target: "service" }, 115, "active")).status, 202);
    const { method, params } = api.conductor.lastCall() ?? {};
    assert.deepEqual([method, params], ["doNodeService", { node, service_steps: ordered, disable_ramdisk: true }]);
  });

  const cases: readonly [string, readonly string[], object, number, number][] = [
    ["without a trait in common", ["CUSTOM_RB"], { target: "clean" }, 115, 400],
    ["without its name among the traits, in older versions", ["CUSTOM_X"], { target: "clean" }, 111, 400],
    ["with its name among the traits, in older versions", ["CUSTOM_RB"], { target: "clean" }, 92, 202],
    ["below 1.92", ["CUSTOM_X"], { target: "clean" }, 91, 406],
    ["that nobody knows", ["CUSTOM_X"], { target: "clean", runbook: "none" }, 115, 404],
    ["that can be no name", ["CUSTOM_X"], { target: "clean", runbook: "a b" }, 115, 400],
    ["without a name", ["CUSTOM_X"], { target: "clean", runbook: "" }, 115, 400],
    ["with steps beside it", ["CUSTOM_X"], { target: "clean", clean_steps: ordered }, 115, 400],
    ["with an empty list of steps beside it", ["CUSTOM_X"], { target: "clean", clean_steps: [] }, 115, 202],
    ["with another verb", ["CUSTOM_X"], { target: "provide" }, 115, 400],
  ];
  for (const [what, traits, body, minor, status] of cases) {
    it(`${what}: ${status}`, async () => {
      const answer = await ask(traits, body, minor);
      assert.equal(answer.status, status, answer.text);
    });
  }

  it("does not serve for servicing before that could do without a ramdisk", async () => {
    assert.equal((await ask(["CUSTOM_RB"], { target: "service" }, 107, "active")).status, 406);
    assert.equal((await ask(["CUSTOM_RB"], { target: "service" }, 108, "active")).status, 202);
  });
});
