/** A machine whose ramdisk never calls in is started again once each [pxe]boot_retry_timeout. */
import assert from "node:assert/strict";
import type { State } from "../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("boot retries", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest({
      DEFAULT: { enabled_boot_interfaces: ["ipxe", "fake"] },
      pxe: { boot_retry_timeout: 100 },
    });
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const waiting = (state: State, internal: object = {}, more: object = {}) =>
    under.nodeIn(state, {
      boot_interface: "ipxe",
      power_state: "power on",
      provision_updated_at: new Date().toISOString().replace("Z", "000+00:00"),
      driver_internal_info: { ...internal },
      ...more,
    });
  const actions = (uuid: string) =>
    under.told(uuid, "action").flatMap((event) => (event.status === "done" ? [event.action] : []));
  async function pass(seconds: number): Promise<void> {
    under.advance(seconds);
    await under.conductor.pass("boot retries");
    await under.conductor.idle();
  }

  for (const state of ["wait call-back", "clean wait", "inspect wait", "rescue wait", "service wait"] as const) {
    it(`happen in ${state}, once each time that the machine has been silent for so long`, async () => {
      const uuid = await waiting(state);
      await pass(90);
      assert.deepEqual(actions(uuid), []);
      await pass(20);
      assert.deepEqual(actions(uuid), ["power off", "boot device pxe", "power on"]);
      await pass(90);
      assert.equal(actions(uuid).length, 3);
      await pass(20);
      assert.equal(actions(uuid).length, 6);
      const node = await under.node(uuid);
      assert.deepEqual([node.provision_state, node.reservation], [state, null]);
    });
  }

  for (const [why, internal, more] of [
    ["its agent has called in", { agent_url: "https://192.0.2.7:9999" }, {}],
    ["somebody is working on it", {}, { maintenance: true }],
    ["nobody here boots it", {}, { boot_interface: "fake" }],
    ["it is cleaned without a ramdisk", { cleaning_disable_ramdisk: true }, {}],
    [
      "its hardware works without the ramdisk",
      { clean_steps: [{ interface: "bios", step: "apply_configuration", priority: 1 }], clean_step_index: 0 },
      { clean_step: { interface: "bios", step: "apply_configuration", priority: 1 } },
    ],
  ] as const) {
    it(`leave a machine alone when ${why}`, async () => {
      const uuid = await waiting("clean wait", internal, more);
      await pass(300);
      assert.deepEqual(actions(uuid), []);
    });
  }

  it("leave a machine alone when another boots it for inspection", async () => {
    const uuid = await waiting("inspect wait", { inspector_manage_boot: false });
    await pass(300);
    assert.deepEqual(actions(uuid), []);
  });

  it("that fail leave the wait to its own limit", async () => {
    const uuid = await waiting(
      "wait call-back",
      {},
      { driver_info: { fake_script: { "power.set": { fail: "no answer" } } } },
    );
    await pass(300);
    assert.ok(under.told(uuid, "action").some((event) => event.status === "failed"));
    const node = await under.node(uuid);
    assert.deepEqual([node.provision_state, node.reservation], ["wait call-back", null]);
  });
});
