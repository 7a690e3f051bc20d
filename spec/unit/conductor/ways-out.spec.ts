/** No state lasts for ever: made from the state machine's own data, each state in between has a way out that works and an option that governs it. */
import assert from "node:assert/strict";
import { defaultConfig } from "../../../common/config/config.ts";
import { can, isStable, TRANSITIONS } from "../../../common/provision-machine.ts";
import { STATES, type State } from "../../../common/states.ts";
import { deadlinesOf, longestWait, WAYS_OUT, wayOut } from "../../../common/ways-out.ts";
import { timestamp } from "../../../conductor/clock.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

const IN_BETWEEN = STATES.filter((state) => !isStable(state) && !state.endsWith("failed"));

describe("ways out of states", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  it("exist for each state that is neither stable nor a failure, and for no other", () => {
    assert.deepEqual(Object.keys(WAYS_OUT).sort(), [...IN_BETWEEN].sort());
    for (const state of Object.keys(TRANSITIONS) as State[])
      assert.equal(wayOut(state) === null, !IN_BETWEEN.includes(state), state);
  });

  it("are open by default: each option that governs one is set", () => {
    const { conductor } = defaultConfig();
    for (const state of IN_BETWEEN) assert.ok(conductor[wayOut(state)?.option ?? "hold_timeout"] > 0, state);
  });

  for (const state of IN_BETWEEN) {
    const way = wayOut(state);
    const option = `[conductor]${way?.option}`;
    const end = TRANSITIONS[state]?.[can(state, "fail") ? "fail" : "abort"];
    if (way?.kind === "work") {
      it(`${state}: recovery fails what no live conductor works on (${option})`, async () => {
        const uuid = await under.nodeIn(state);
        await under.stores.nodes.reserve(uuid, { host: "gone", bootId: "gone", purpose: "work" });
        await under.conductor.pass("recovery");
        await under.conductor.idle();
        assert.equal((await under.until(uuid, end ?? "error")).reservation, null);
      });
      continue;
    }
    it(`${state}: ends at its deadline (${option}), which shows before`, async () => {
      const seconds = longestWait(state, under.config);
      const began = Date.now() - (seconds - 60) * 1000;
      const uuid = await under.nodeIn(state, { provision_updated_at: timestamp(began) });
      const [deadline] = deadlinesOf(await under.node(uuid), under.config);
      assert.deepEqual([deadline?.option, deadline?.seconds], [option, seconds]);
      assert.equal(Date.parse(deadline?.at ?? ""), began + seconds * 1000);
      await under.conductor.pass("timeouts");
      await under.conductor.idle();
      assert.equal((await under.node(uuid)).provision_state, state, "not before");
      await under.stores.nodes.touch(uuid, { provision_updated_at: timestamp(began - 120_000) });
      await listened();
      await under.conductor.pass("timeouts");
      await under.conductor.idle();
      const ended = await under.node(uuid);
      assert.equal(ended.provision_state, end);
      assert.ok(ended.last_error?.includes(`(${option})`), ended.last_error ?? "");
    });
  }

  it("do not end a wait or hold in maintenance, and show no deadline there", async () => {
    for (const state of IN_BETWEEN.filter((one) => wayOut(one)?.kind !== "work")) {
      const uuid = await under.nodeIn(state, { maintenance: true, provision_updated_at: timestamp(0) });
      await under.conductor.pass("timeouts");
      await under.conductor.idle();
      const node = await under.node(uuid);
      assert.equal(node.provision_state, state);
      assert.deepEqual(deadlinesOf(node, under.config), []);
    }
  });

  /** A conductor that has just started hears agents for a while before it ends waits: until passes have gone on so long. */
  async function listened(): Promise<void> {
    for (let seconds = 0; seconds < 330; seconds += 20) {
      under.advance(20);
      await under.conductor.pass("timeouts");
    }
  }
});
