/** Automated cleaning by runbook, and steps that an operator has forbidden, over fake hardware. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { Node } from "../../../../common/objects/node.ts";
import type { RunbookStep } from "../../../../common/objects/runbook.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";

const LOG: RunbookStep = { interface: "vendor", step: "log_passthrough", args: {}, order: 1 };
const RESET: RunbookStep = { interface: "bios", step: "factory_reset", args: {}, order: 2 };

interface Case {
  readonly conductor?: ConfigOverrides["conductor"];
  readonly api?: ConfigOverrides["api"];
  readonly node?: Partial<Node>;
  readonly steps?: readonly RunbookStep[];
  readonly traits?: readonly string[];
}

async function ready({ conductor = {}, api = {}, node = {}, steps = [LOG, RESET], traits = ["CUSTOM_RB"] }: Case) {
  const under = await conductorUnderTest({ conductor, api });
  await under.stores.runbooks.create({ uuid: crypto.randomUUID(), name: "tidy", steps, traits });
  const uuid = await under.nodeIn("manageable", { traits: ["CUSTOM_RB"], ...node });
  return { under, uuid, provide: () => under.call("doProvisioningAction", { node: uuid, action: "provide" }) };
}

const RUNBOOK = { automated_cleaning_step_source: "runbook" } as const;
const HYBRID = { automated_cleaning_step_source: "hybrid" } as const;

function stepsRun(under: ConductorUnderTest, uuid: string): readonly string[] {
  return under.told(uuid, "step.started").map(({ step }) => step);
}

describe("automated cleaning by runbook", () => {
  it("runs the runbook's steps in their order instead of the generated ones", async () => {
    const { under, uuid, provide } = await ready({ conductor: { ...RUNBOOK, automated_cleaning_runbook: "tidy" } });
    await using _ = under;
    await provide();
    const { driver_internal_info: info } = await under.until(uuid, "available");
    assert.deepEqual(stepsRun(under, uuid), ["vendor.log_passthrough", "bios.factory_reset"]);
    assert.equal(info.requested_clean_steps, undefined);
  });

  it("takes the nearest: the node's own, then its resource class's, then the configured one", async () => {
    const named = { ...RUNBOOK, automated_cleaning_runbook: "no-such" };
    const ofClass = { ...named, automated_cleaning_runbook_by_resource_class: { big: "tidy" } };
    const fromNode = { ...named, automated_cleaning_runbook_from_node: true };
    const cases: readonly Case[] = [
      { conductor: ofClass, node: { resource_class: "big" } },
      { conductor: fromNode, node: { driver_info: { cleaning_runbook: "tidy" } } },
    ];
    for (const each of cases) {
      const { under, uuid, provide } = await ready(each);
      await using _ = under;
      await provide();
      await under.until(uuid, "available");
      assert.equal(stepsRun(under, uuid).length, 2);
    }
  });

  it("does not let a node choose unless the operator allows it", async () => {
    const node = { driver_info: { cleaning_runbook: "tidy" } };
    const { under, uuid, provide } = await ready({ conductor: HYBRID, node });
    await using _ = under;
    await provide();
    await under.until(uuid, "available");
    assert.deepEqual(stepsRun(under, uuid), ["vendor.log_passthrough"]);
  });

  const refused: readonly (readonly [string, Case, RegExp])[] = [
    ["there is none", { conductor: RUNBOOK }, /no runbook is configured.*automated_cleaning_runbook/],
    [
      "it does not exist",
      { conductor: { ...HYBRID, automated_cleaning_runbook: "lost" } },
      /Runbook lost could not be found/,
    ],
    [
      "they share no trait",
      { conductor: { ...RUNBOOK, automated_cleaning_runbook: "tidy" }, traits: ["CUSTOM_OTHER"] },
      /tidy is not approved.*share no trait/,
    ],
  ];
  for (const [when, each, words] of refused)
    it(`refuses the request when ${when}: the node stays manageable`, async () => {
      const { under, uuid, provide } = await ready(each);
      await using _ = under;
      await assert.rejects(provide, words);
      assert.equal((await under.stores.nodes.get(uuid)).provision_state, "manageable");
    });

  it("cleans a node without a common trait where the operator does not ask for one", async () => {
    const conductor = {
      ...RUNBOOK,
      automated_cleaning_runbook: "tidy",
      automated_cleaning_runbook_validate_traits: false,
    };
    const { under, uuid, provide } = await ready({ conductor, traits: [] });
    await using _ = under;
    await provide();
    await under.until(uuid, "available");
    assert.equal(stepsRun(under, uuid).length, 2);
  });

  it("fails before its first step, without maintenance, when the runbook names a step that nobody has", async () => {
    const steps = [LOG, { ...RESET, step: "no_such" }];
    const conductor = { ...RUNBOOK, automated_cleaning_runbook: "tidy" };
    const { under, uuid, provide } = await ready({ conductor, steps });
    await using _ = under;
    await provide();
    const failed = await under.until(uuid, "clean failed");
    assert.match(failed.last_error ?? "", /does not support this clean step: .*no_such/);
    assert.deepEqual([failed.maintenance, stepsRun(under, uuid).length], [false, 0]);
  });
});

describe("forbidden steps", () => {
  it("are left out of automated cleaning, wherever they come from", async () => {
    const api = { disallow_clean_steps: ["vendor.log_passthrough"] };
    for (const conductor of [{}, { ...RUNBOOK, automated_cleaning_runbook: "tidy" }]) {
      const { under, uuid, provide } = await ready({ conductor, api, steps: [LOG] });
      await using _ = under;
      await provide();
      await under.until(uuid, "available");
      assert.deepEqual(stepsRun(under, uuid), []);
    }
  });

  it("are left out of a deploy, which fails when nothing is left", async () => {
    const { under, uuid, provide } = await ready({ api: { disallow_deploy_steps: ["deploy.deploy"] } });
    await using _ = under;
    await provide();
    await under.until(uuid, "available");
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    assert.match((await under.until(uuid, "deploy failed")).last_error ?? "", /no deploy steps are left/);
  });
});

describe("servicing", () => {
  it("puts the node into maintenance, with its fault, when a step is known to nobody", async () => {
    const { under } = await ready({});
    await using _ = under;
    const adopted = await under.nodeIn("active");
    const service_steps = [{ interface: "bios", step: "no_such" }] as const;
    await under.call("doNodeService", { node: adopted, service_steps });
    const failed = await under.until(adopted, "service failed");
    assert.deepEqual([failed.maintenance, failed.fault], [true, "service failure"]);
  });
});
