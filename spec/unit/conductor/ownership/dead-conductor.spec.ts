/**
 * kill -9 of one of two conductors with 20 nodes in each kind of state: within 5 s of counting as dead its nodes are out of
 * what only it could end, waits go on, no step runs twice, and nothing needs an edit: a request brings each on.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import type { NewNode } from "../../../../common/objects/node.ts";
import type { State } from "../../../../common/states.ts";
import { ConductorFleet } from "../../../support/conductor-fleet.ts";
import { agentOf, asked } from "../../../support/scripted-driver.ts";

const COUNT = 20;
const TAKEOVER_LIMIT_MS = 5000;

interface Case {
  readonly state: State;
  readonly from: State;
  readonly node?: Partial<NewNode>;
  readonly script?: JsonObject;
  /** The call of the scripted agent that never ends. */
  readonly hangs?: string;
  begin(fleet: ConductorFleet, node: string): Promise<unknown>;
  readonly ends: State;
  /** Brings the node on. */
  next(fleet: ConductorFleet, node: string): Promise<unknown>;
}

const scripted = { deploy_interface: "scripted" };
const act = (action: string) => (fleet: ConductorFleet, node: string) =>
  fleet.call("doProvisioningAction", { node, action });
const deploy = (fleet: ConductorFleet, node: string) => fleet.call("doNodeDeploy", { node, rebuild: false });
const tearDown = (fleet: ConductorFleet, node: string) => fleet.call("doNodeTearDown", { node });
const rescue = (fleet: ConductorFleet, node: string) => fleet.call("doNodeRescue", { node, rescue_password: "p" });
const unrescue = (fleet: ConductorFleet, node: string) => fleet.call("doNodeUnrescue", { node });
const service = (fleet: ConductorFleet, node: string) =>
  fleet.call("doNodeService", { node, service_steps: [asked("write")] });
const abort = act("abort");
const hang = { hang: true };

const CASES: readonly Case[] = [
  {
    state: "deploying",
    from: "available",
    node: scripted,
    hangs: "deploy",
    begin: deploy,
    ends: "deploy failed",
    next: deploy,
  },
  { state: "wait call-back", from: "available", node: scripted, begin: deploy, ends: "wait call-back", next: tearDown },
  {
    state: "cleaning",
    from: "manageable",
    node: scripted,
    hangs: "prepareCleaning clean",
    begin: act("provide"),
    ends: "clean failed",
    next: act("manage"),
  },
  { state: "clean wait", from: "manageable", node: scripted, begin: act("provide"), ends: "clean wait", next: abort },
  {
    state: "inspecting",
    from: "manageable",
    script: { "inspect.inspect": hang },
    begin: act("inspect"),
    ends: "inspect failed",
    next: act("manage"),
  },
  {
    state: "inspect wait",
    from: "manageable",
    script: { "inspect.inspect": { wait: true } },
    begin: act("inspect"),
    ends: "inspect wait",
    next: abort,
  },
  {
    state: "rescuing",
    from: "active",
    script: { "rescue.rescue": hang },
    begin: rescue,
    ends: "rescue failed",
    next: unrescue,
  },
  {
    state: "rescue wait",
    from: "active",
    script: { "rescue.rescue": { wait: true } },
    begin: rescue,
    ends: "rescue wait",
    next: abort,
  },
  {
    state: "unrescuing",
    from: "rescue",
    script: { "rescue.unrescue": hang },
    begin: unrescue,
    ends: "unrescue failed",
    next: rescue,
  },
  {
    state: "adopting",
    from: "manageable",
    node: scripted,
    hangs: "takeOver",
    begin: act("adopt"),
    ends: "adopt failed",
    next: act("manage"),
  },
  {
    state: "servicing",
    from: "active",
    node: scripted,
    hangs: "prepareCleaning service",
    begin: service,
    ends: "service failed",
    next: service,
  },
  { state: "service wait", from: "active", node: scripted, begin: service, ends: "service wait", next: abort },
  {
    state: "verifying",
    from: "enroll",
    script: { "power.get": hang },
    begin: act("manage"),
    ends: "enroll",
    next: act("manage"),
  },
  {
    state: "deleting",
    from: "active",
    node: scripted,
    hangs: "tearDown",
    begin: tearDown,
    ends: "error",
    next: tearDown,
  },
];

describe("a conductor that is killed", () => {
  let fleet: ConductorFleet;
  beforeEach(async () => {
    fleet = await ConductorFleet.start(["cond-1", "cond-2"]);
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  async function nodesFor(one: Case): Promise<readonly string[]> {
    const info = one.script === undefined ? {} : { driver_info: { fake_script: one.script } };
    const nodes = await fleet.nodesOf("cond-1", COUNT, () => fleet.nodeIn(one.from, { ...one.node, ...info }));
    for (const node of nodes)
      if (one.hangs !== undefined) agentOf(node).during[one.hangs] = () => new Promise(() => {});
    return nodes;
  }

  for (const one of CASES)
    it(`in ${one.state} leaves ${COUNT} nodes that go on as ${one.ends}`, async () => {
      const nodes = await nodesFor(one);
      await Promise.all(nodes.map((node) => one.begin(fleet, node)));
      const parked = one.state === one.ends;
      await fleet.until(nodes, (node) => node.provision_state === one.state && (node.reservation === null) === parked);
      const begun = nodes.map((node) => fleet.told(node, "step.started").length);
      fleet.kill("cond-1");
      await fleet.age("cond-1");
      const took = await fleet.until(nodes, (node) => node.provision_state === one.ends && node.reservation === null);
      assert.ok(took < TAKEOVER_LIMIT_MS, `${took} ms`);
      if (parked) await fleet.until(nodes, (node) => node.conductor_affinity === "cond-2");
      else
        for (const node of nodes) assert.match((await fleet.node(node)).last_error ?? "", /when its conductor stopped/);
      for (const [index, node] of nodes.entries()) {
        assert.equal(fleet.told(node, "step.started").length, begun[index], "no step is begun again by itself");
        agentOf(node).during = {};
        await one.next(fleet, node);
      }
    }).timeout(60_000);
});
