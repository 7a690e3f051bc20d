/** Deploying with fake hardware: the states passed, what stands on the node at each, and how failures end. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";

describe("deploy", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  it("goes from enroll to active and back to available", async () => {
    const uuid = await under.nodeIn("enroll");
    await under.call("doProvisioningAction", { node: uuid, action: "manage" });
    await under.until(uuid, "manageable");
    await under.call("doProvisioningAction", { node: uuid, action: "provide" });
    await under.until(uuid, "available");
    await under.call("updateNode", {
      node: uuid,
      changes: { instance_info: { image_source: "http://127.0.0.1:9/img", display_name: "mine" } },
    });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    const active = await under.until(uuid, "active");
    assert.equal(active.target_provision_state, null);
    assert.equal(active.instance_info.image_type, "whole-disk");
    assert.equal(active.instance_name, "mine");
    assert.deepEqual(active.deploy_step, {});
    await under.call("doNodeDeploy", { node: uuid, rebuild: true });
    await under.until(uuid, "active");
    await under.call("doNodeTearDown", { node: uuid });
    const free = await under.until(uuid, "available");
    assert.deepEqual(free.instance_info, {});
    assert.equal(free.instance_name, null);
    assert.deepEqual(under.path(uuid), [
      "enroll -> verifying",
      "verifying -> manageable",
      "manageable -> cleaning",
      "cleaning -> available",
      "available -> deploying",
      "deploying -> active",
      "active -> deploying",
      "deploying -> active",
      "active -> deleting",
      "deleting -> cleaning",
      "cleaning -> available",
    ]);
  });
});
