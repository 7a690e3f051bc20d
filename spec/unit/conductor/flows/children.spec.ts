/** Clean and service steps of a parent that run on its child nodes. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";

describe("steps on child nodes", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const reboot = { interface: "power", step: "power_on", execute_on_child_nodes: true } as const;
  const family = async () => {
    const parent = await under.nodeIn("manageable");
    const child = () => under.nodeIn("manageable", { parent_node: parent, power_state: "power off" });
    return { parent, children: [await child(), await child()] as const };
  };
  const powerOf = async (uuid: string) => (await under.node(uuid)).power_state;

  it("runs the step on every child, and not on the parent", async () => {
    const { parent, children } = await family();
    await under.call("doNodeClean", { node: parent, clean_steps: [reboot], disable_ramdisk: true });
    await under.until(parent, "manageable");
    assert.deepEqual(await Promise.all(children.map(powerOf)), ["power on", "power on"]);
    assert.equal(await powerOf(parent), null);
    assert.equal((await under.node(children[0])).reservation, null);
  });

  it("runs it on those only that the limit names", async () => {
    const { parent, children } = await family();
    const limited = { ...reboot, limit_child_node_execution: [children[1]] };
    await under.call("doNodeClean", { node: parent, clean_steps: [limited] });
    await under.until(parent, "manageable");
    assert.deepEqual(await Promise.all(children.map(powerOf)), ["power off", "power on"]);
  });

  it("is refused when the limit names a stranger", async () => {
    const { parent } = await family();
    const stranger = await under.nodeIn("manageable");
    const limited = { ...reboot, limit_child_node_execution: [stranger] };
    await assert.rejects(
      under.call("doNodeClean", { node: parent, clean_steps: [limited] }),
      (error: Error & { code: number }) => error.code === 400 && error.message.includes(stranger),
    );
  });

  it("ends well on a node without children, also in servicing", async () => {
    const node = await under.nodeIn("active");
    await under.call("doNodeService", { node, service_steps: [reboot] });
    assert.equal((await under.until(node, "active")).last_error, null);
  });

  it("fails the parent's step, naming the child, when the child is locked or cannot do it", async () => {
    const { parent, children } = await family();
    await under.stores.nodes.reserve(children[0], { host: "other", bootId: "b", purpose: "test" });
    await under.call("doNodeClean", { node: parent, clean_steps: [reboot] });
    const failed = await under.until(parent, "clean failed");
    assert.match(failed.last_error ?? "", new RegExp(`power.power_on .*${children[0]} is locked`));
  });

  it("cannot wait there", async () => {
    const { parent } = await family();
    const hold = { interface: "deploy", step: "hold", execute_on_child_nodes: true } as const;
    await under.call("doNodeClean", { node: parent, clean_steps: [hold] });
    assert.match((await under.until(parent, "clean failed")).last_error ?? "", /which a step on a child node/);
  });
});
