/** Each wait state ends after its configured time, with a message that says what was waited for. */
import assert from "node:assert/strict";
import type { State } from "../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

const ENDS: readonly (readonly [State, State, string])[] = [
  ["wait call-back", "deploy failed", "deploy_callback_timeout"],
  ["clean wait", "clean failed", "clean_callback_timeout"],
  ["service wait", "service failed", "service_callback_timeout"],
  ["inspect wait", "inspect failed", "inspect_wait_timeout"],
  ["rescue wait", "rescue failed", "rescue_callback_timeout"],
];

describe("timeouts of wait states", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest({
      conductor: {
        deploy_callback_timeout: 3,
        clean_callback_timeout: 3,
        service_callback_timeout: 3,
        inspect_wait_timeout: 3,
        rescue_callback_timeout: 3,
      },
    });
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const waiting = (state: State, more: object = {}) =>
    under.nodeIn(state, { provision_updated_at: new Date().toISOString().replace("Z", "000+00:00"), ...more });

  for (const [state, end, option] of ENDS) {
    it(`${state} ends in ${end}`, async () => {
      const uuids = await Promise.all(Array.from({ length: 20 }, () => waiting(state)));
      await under.conductor.pass("timeouts");
      assert.equal((await under.node(uuids[0] ?? "")).provision_state, state, "not before its time");
      under.advance(4);
      await under.conductor.pass("timeouts");
      await under.conductor.idle();
      for (const uuid of uuids) {
        const node = await under.node(uuid);
        assert.equal(node.provision_state, end);
        assert.match(node.last_error ?? "", new RegExp(`timed out after 3 s.*${option}.*never called in.*start again`));
      }
    });
  }

  it("leaves nodes in maintenance and locked ones alone", async () => {
    const cared = await waiting("clean wait", { maintenance: true });
    const locked = await waiting("clean wait");
    await under.stores.nodes.reserve(locked, { host: "cond-1", bootId: under.conductor.bootId, purpose: "test" });
    under.advance(10);
    await under.conductor.pass("timeouts");
    await under.conductor.idle();
    for (const uuid of [cared, locked]) assert.equal((await under.node(uuid)).provision_state, "clean wait");
  });
});
