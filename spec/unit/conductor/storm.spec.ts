/** Many callers with any verb on few nodes at once: every answer is an answer, and in the end nothing is locked or under way. */
import assert from "node:assert/strict";
import { WORKING_STATES } from "../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

const VERBS = ["manage", "provide", "inspect", "adopt", "abort", "unhold"];

describe("a storm of verbs", () => {
  let under: ConductorUnderTest;
  afterEach(() => under[Symbol.asyncDispose]());

  it("leaves no lock and no work behind, and answers nothing but faults that a user can act on", async () => {
    under = await conductorUnderTest({ conductor: { workers_pool_size: 8 } });
    const script = { "deploy.deploy": { delay: "0,0.02" }, "inspect.inspect": { delay: "0,0.02" } };
    const nodes: string[] = [];
    for (let count = 0; count < 6; count++) nodes.push(await under.nodeIn("manageable", {}, script));
    let seed = 7;
    const pick = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const answers: number[] = [];
    const caller = async () => {
      for (let turn = 0; turn < 40; turn++) {
        const node = nodes[pick(nodes.length)] ?? "";
        const choice = pick(9);
        const call =
          choice < VERBS.length
            ? under.call("doProvisioningAction", { node, action: VERBS[choice] ?? "" })
            : choice === 6
              ? under.call("doNodeDeploy", { node, rebuild: false })
              : choice === 7
                ? under.call("doNodeTearDown", { node })
                : under.call("changeNodePowerState", { node, target: "power on" });
        answers.push(
          await call.then(
            () => 202,
            (error: { code?: number }) => error.code ?? 0,
          ),
        );
      }
    };
    await Promise.all(Array.from({ length: 10 }, caller));
    await under.conductor.idle();
    assert.deepEqual(
      [...new Set(answers)].filter((code) => ![202, 400, 409, 503].includes(code)),
      [],
    );
    assert.ok(answers.includes(202) && answers.includes(409));
    for (const uuid of nodes) {
      const node = await under.node(uuid);
      assert.equal(node.reservation, null);
      assert.equal(WORKING_STATES.includes(node.provision_state), false, node.provision_state);
    }
  });
});
