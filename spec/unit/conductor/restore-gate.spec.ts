/** A conductor on a restored database: nothing is done to machines until somebody has acknowledged it. */
import assert from "node:assert/strict";
import { RestoreNotAcknowledged } from "../../../common/errors/database.ts";
import { silent } from "../../../common/log.ts";
import type { Method, Params } from "../../../common/rpc/contract.ts";
import { markBegun, markComplete } from "../../../db/backup/restore-mark.ts";
import { openSchema } from "../../../db/connect.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { SCRIPTED_PLUGIN } from "../../support/scripted-driver.ts";
import { BY_HAND_PLUGIN, SWITCHED } from "../../support/switched-by-hand.ts";
import { refusedWith } from "../db/support/faults.ts";

describe("a conductor on a restored database", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest({
      DEFAULT: {
        driver_plugins: [SCRIPTED_PLUGIN, BY_HAND_PLUGIN],
        enabled_power_interfaces: ["fake", "by-hand"],
      },
    });
  });
  afterEach(() => under[Symbol.asyncDispose]());

  async function restored(complete = true): Promise<void> {
    const schema = await openSchema(under.config, silent);
    const filling = { origin: "the backup nightly.gz", as_of: "2026-11-20T00:00:00Z" };
    await schema.engine.write(() => markBegun(schema, filling));
    if (complete) await schema.engine.write(() => markComplete(schema, []));
    await schema.engine.close();
    await under.crash();
  }

  const acting = (node: string): { readonly [M in Method]?: Params<M> } => ({
    changeNodePowerState: { node, target: "power on" },
    doNodeDeploy: { node, rebuild: false },
    doNodeTearDown: { node },
    doNodeClean: { node, clean_steps: [] },
    doProvisioningAction: { node, action: "provide" },
    setBootDevice: { node, device: "pxe", persistent: false },
    vendorPassthru: { node, method: "m", verb: "POST", args: {} },
    heartbeat: { node, callback_url: "http://127.0.0.1:1", agent_token: null, agent_version: null },
  });

  it("refuses what acts, says why and how to go on, and goes on once it is acknowledged", async () => {
    const node = await under.nodeIn("available");
    await restored();
    for (const [method, params] of Object.entries(acting(node)))
      await refusedWith(
        under.call(method as Method, params as Params<Method>),
        RestoreNotAcknowledged,
        "the backup nightly.gz",
        "ferric db acknowledge-restore",
      );
    assert.equal((await under.node(node)).reservation, null);
    await under.stores.restores.acknowledge();
    await under.call("doNodeDeploy", { node, rebuild: false });
    await under.until(node, "active");
  });

  it("still reads and keeps records", async () => {
    const node = await under.nodeIn("available");
    await restored();
    await under.call("updateNode", { node, changes: { extra: { noted: true } } });
    await under.call("getSupportedBootDevices", { node });
    await under.call("validateDriverInterfaces", { node });
    assert.deepEqual((await under.node(node)).extra, { noted: true });
  });

  it("fails no node blindly, and takes up what was interrupted once it is acknowledged", async () => {
    const node = await under.nodeIn("deploying");
    await restored();
    await under.conductor.pass("recovery");
    await under.conductor.idle();
    assert.equal((await under.node(node)).provision_state, "deploying");
    await under.stores.restores.acknowledge();
    await under.conductor.pass("recovery");
    await under.until(node, "deploy failed");
  });

  it("records in power sync what machines are at, and switches none", async () => {
    const node = await under.nodeIn("active", { power_state: "power off", power_interface: "by-hand" });
    await restored();
    SWITCHED.length = 0;
    await under.conductor.pass("power sync");
    assert.deepEqual([(await under.node(node)).power_state, SWITCHED], ["power on", []]);
    await under.stores.restores.acknowledge();
    await under.stores.nodes.touch(node, { power_state: "power off" });
    await under.conductor.pass("power sync");
    assert.deepEqual([(await under.node(node)).power_state, SWITCHED], ["power off", ["power off"]]);
  });

  it("stays held back by a restore that broke off, which cannot be acknowledged", async () => {
    const node = await under.nodeIn("available");
    await restored(false);
    await under.stores.restores.acknowledge();
    await refusedWith(under.call("doNodeTearDown", { node }), RestoreNotAcknowledged, "did not end well");
  });
});
