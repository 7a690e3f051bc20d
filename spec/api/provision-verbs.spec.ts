/** Every state with every verb, and every verb at its microversion, against the contract's facts. */
import assert from "node:assert/strict";
import { STATES, type State } from "../../common/states.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { contractFile, WHY_SKIPPED } from "../unit/common/contract-file.ts";

interface VerbFacts {
  readonly min: string;
  readonly accepted_in: readonly State[];
  readonly extra_versions?: Readonly<Record<string, string>>;
}

const facts = contractFile("state-machine.json") as { readonly verbs: Readonly<Record<string, VerbFacts>> } | null;
const VERBS = Object.entries(facts?.verbs ?? {});
/** Deleting is a transition of the machine, but a user cannot start cleaning in it. */
const isInternal = (verb: string, state: State) => verb === "clean" && state === "deleting";
const STEPS = [{ interface: "deploy", step: "x" }];
const ARGUMENTS: Readonly<Record<string, object>> = {
  clean: { clean_steps: STEPS },
  service: { service_steps: STEPS },
  rescue: { rescue_password: "secret" },
};
const minorOf = (version: string) => Number(version.split(".")[1]);

describe(`provision verbs of the API ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let api: ApiUnderTest;
  let node: string;

  before(async function () {
    if (facts === null) return this.skip();
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    node = (made.json as { uuid: string }).uuid;
  });
  after(async () => api?.[Symbol.asyncDispose]());

  const ask = async (state: State, verb: string, minor = 115) => {
    await api.stores.nodes.updateUnlocked(node, { provision_state: state, target_provision_state: null });
    const body = { target: verb, ...ARGUMENTS[verb] };
    return await api.send("PUT", `/v1/nodes/${node}/states/provision`, { minor, body });
  };

  for (const [verb, { accepted_in: accepted }] of VERBS) {
    it(`${verb} reaches the conductor from the states that know it and is refused in all others`, async () => {
      for (const state of STATES.filter((candidate) => !isInternal(verb, candidate))) {
        const calls = api.conductor.calls.length;
        const answer = await ask(state, verb);
        assert.equal(answer.status, accepted.includes(state) ? 202 : 400, `${verb} in ${state}: ${answer.text}`);
        assert.equal(api.conductor.calls.length - calls, accepted.includes(state) ? 1 : 0);
        if (!accepted.includes(state)) assert.match(answer.text, new RegExp(node));
      }
    });

    it(`${verb} is not acceptable below its microversion`, async () => {
      for (const state of accepted.filter((candidate) => !isInternal(verb, candidate))) {
        const since = minorOf(facts?.verbs[verb]?.extra_versions?.[state] ?? facts?.verbs[verb]?.min ?? "1.1");
        if (since === 1) continue;
        assert.equal((await ask(state, verb, since - 1)).status, 406, `${verb} in ${state} below 1.${since}`);
      }
    });
  }

  it("a verb that the state does not know is a conflict while the node is locked", async () => {
    await api.stores.nodes.updateUnlocked(node, { provision_state: "enroll" });
    const { ticket } = await api.stores.nodes.reserve(node, { host: "other", bootId: "b", purpose: "testing" });
    const answer = await api.send("PUT", `/v1/nodes/${node}/states/provision`, { body: { target: "provide" } });
    await api.stores.nodes.release(ticket);
    assert.equal(answer.status, 409);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.match(answer.text, /locked by host other/);
  });

  it("a node in maintenance is not deployed or rebuilt", async () => {
    await api.stores.nodes.updateUnlocked(node, { maintenance: true });
    assert.equal((await ask("available", "active")).status, 400);
    assert.equal((await ask("active", "rebuild")).status, 400);
    await api.stores.nodes.updateUnlocked(node, { maintenance: false });
  });

  const refused: readonly [string, State, object, number, number][] = [
    ["a config drive with another verb", "manageable", { target: "provide", configdrive: "abc" }, 115, 400],
    ["a config drive that is neither URL nor base64", "available", { target: "active", configdrive: "{}" }, 115, 400],
    ["a config drive with rebuild below 1.35", "active", { target: "rebuild", configdrive: "YQ==" }, 34, 400],
    ["a config drive object below 1.56", "available", { target: "active", configdrive: {} }, 55, 400],
    ["vendor data below 1.59", "available", { target: "active", configdrive: { vendor_data: {} } }, 58, 406],
    ["a runbook below 1.92", "manageable", { target: "clean", runbook: "r" }, 91, 406],
    ["a runbook nobody knows", "manageable", { target: "clean", runbook: "r" }, 115, 404],
    [
      "a runbook nobody knows, with steps",
      "manageable",
      { target: "clean", runbook: "r", clean_steps: STEPS },
      115,
      404,
    ],
    [
      "disable_ramdisk below 1.70",
      "manageable",
      { target: "clean", clean_steps: STEPS, disable_ramdisk: true },
      69,
      406,
    ],
    ["disable_ramdisk with provide", "manageable", { target: "provide", disable_ramdisk: true }, 115, 400],
    ["deploy steps below 1.69", "available", { target: "active", deploy_steps: [] }, 68, 406],
    ["clean steps with provide", "manageable", { target: "provide", clean_steps: STEPS }, 115, 400],
    ["cleaning without steps", "manageable", { target: "clean" }, 115, 400],
    ["rescue without a password", "active", { target: "rescue", rescue_password: " " }, 115, 400],
    [
      "a step that the configuration refuses",
      "manageable",
      { target: "clean", clean_steps: [{ interface: "vendor", step: "send_raw" }] },
      115,
      400,
    ],
    [
      "a step of no interface",
      "manageable",
      { target: "clean", clean_steps: [{ interface: "x", step: "y" }] },
      115,
      400,
    ],
  ];
  for (const [what, state, body, minor, status] of refused) {
    it(`${what} is refused with ${status}`, async () => {
      await api.stores.nodes.updateUnlocked(node, { provision_state: state });
      const answer = await api.send("PUT", `/v1/nodes/${node}/states/provision`, { minor, body });
      assert.equal(answer.status, status, answer.text);
    });
  }

  it("hands steps on in the asked order, with numbers for numeric text", async () => {
    await api.stores.nodes.updateUnlocked(node, { provision_state: "manageable" });
    const clean_steps = [
      { interface: "raid", step: "second", order: "2" },
      { interface: "bios", step: "first", order: 1, args: { a: 1 } },
    ];
    await api.send("PUT", `/v1/nodes/${node}/states/provision`, { body: { target: "clean", clean_steps } });
    assert.deepEqual(api.conductor.lastCall()?.params, {
      node,
      clean_steps: [
        { interface: "bios", step: "first", args: { a: 1 } },
        { interface: "raid", step: "second" },
      ],
    });
  });
});
