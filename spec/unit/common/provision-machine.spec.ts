/** The provision state machine against the contract's facts, and its rules over random walks. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { InvalidState } from "../../../common/errors/node.ts";
import { can, isStable, type Position, TRANSITIONS, transition } from "../../../common/provision-machine.ts";
import { STABLE_STATES, STATES, VERBS } from "../../../common/states.ts";
import { contractFile, WHY_SKIPPED } from "./contract-file.ts";

interface Facts {
  readonly states: Readonly<Record<string, { stable: boolean; target_provision_state_on_entry: string | null }>>;
  readonly stable_states: readonly string[];
  readonly transitions: readonly { from: string; event: string; to: string }[];
}

const facts = contractFile("state-machine.json") as Facts | null;
const verb = fc.constantFrom(...VERBS);

describe("provision state machine", () => {
  it(`has exactly the contract's transitions ${facts === null ? WHY_SKIPPED : ""}`, function () {
    if (facts === null) return this.skip();
    const ours = Object.entries(TRANSITIONS).flatMap(([from, row]) =>
      Object.entries(row).map(([event, to]) => `${from} --${event}--> ${to}`),
    );
    const theirs = facts.transitions.map(({ from, event, to }) => `${from} --${event}--> ${to}`);
    assert.deepEqual(ours.sort(), theirs.sort());
  });

  it(`has exactly the contract's states, and its targets on entry ${facts === null ? WHY_SKIPPED : ""}`, function () {
    if (facts === null) return this.skip();
    assert.deepEqual([...STATES].sort(), Object.keys(facts.states).sort());
    assert.deepEqual([...STABLE_STATES].sort(), [...facts.stable_states].sort());
    for (const { from, event, to } of facts.transitions) {
      const at: Position = { state: STATES.find((state) => state === from) ?? "enroll", target: null };
      const known = VERBS.find((name) => name === event);
      assert.ok(known, `verb ${event}`);
      assert.equal(transition(at, known).target, facts.states[to]?.target_provision_state_on_entry, `${from} ${event}`);
    }
  });

  it("keeps the target of manual cleaning when cleaning fails", () => {
    const cleaning = transition({ state: "manageable", target: null }, "clean", "manageable");
    assert.deepEqual(cleaning, { state: "cleaning", target: "manageable" });
    assert.deepEqual(transition(cleaning, "fail"), { state: "clean failed", target: "manageable" });
  });

  it("forgets the target of the flow before when a machine is torn down", () => {
    const waiting: Position = { state: "wait call-back", target: "active" };
    assert.deepEqual(transition(waiting, "delete"), { state: "deleting", target: "available" });
  });

  it("refuses a verb that the state does not know, naming both", () => {
    assert.throws(
      () => transition({ state: "enroll", target: null }, "deploy"),
      (error) => InvalidState.matches(error) && error.code === 409 && /"deploy".*"enroll"/.test(error.message),
    );
  });

  it("holds its rules on any walk: stable means no target, unstable means a stable target", () => {
    fc.assert(
      fc.property(fc.array(verb, { maxLength: 60 }), (verbs) => {
        let at: Position = { state: "enroll", target: null };
        for (const name of verbs) {
          if (!can(at.state, name)) {
            assert.throws(() => transition(at, name));
            continue;
          }
          at = transition(at, name);
          if (isStable(at.state)) assert.equal(at.target, null);
          else assert.ok(at.target !== null && isStable(at.target), `${at.state} aims at ${at.target}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leads from every state back to a stable one", () => {
    const leads = new Set<string>(STABLE_STATES);
    for (let before = -1; before !== leads.size; ) {
      before = leads.size;
      for (const [from, row] of Object.entries(TRANSITIONS))
        if (Object.values(row).some((to) => leads.has(to))) leads.add(from);
    }
    assert.deepEqual(
      STATES.filter((state) => !leads.has(state)),
      [],
    );
  });
});
