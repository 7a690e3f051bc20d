/** A conductor that froze and thaws: its successor has taken the locks, so it may neither save nor act. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { agentOf } from "../../support/scripted-driver.ts";

describe("fencing", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  async function frozenIn(call: string) {
    const uuid = await under.nodeIn("available", { deploy_interface: "scripted" });
    let thaw = () => {};
    let reached = () => {};
    const frozen = new Promise<void>((resolve) => {
      reached = resolve;
    });
    agentOf(uuid).during[call] = () => {
      reached();
      return new Promise<void>((resolve) => {
        thaw = resolve;
      });
    };
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await frozen;
    return { uuid, thaw: () => thaw() };
  }

  it("saves nothing after its successor has failed the deploy", async () => {
    const { uuid, thaw } = await frozenIn("deploy");
    const old = under.conductor;
    await under.crash();
    const failed = await under.until(uuid, "deploy failed");
    thaw();
    await old.idle();
    assert.deepEqual(await under.node(uuid), failed);
  });

  it("does not switch the machine on any more", async () => {
    const { uuid, thaw } = await frozenIn("prepare");
    const old = under.conductor;
    await under.crash();
    await under.until(uuid, "deploy failed");
    thaw();
    await old.idle();
    assert.equal((await under.node(uuid)).power_state, "power off");
    assert.equal(agentOf(uuid).calls.includes("deploy"), false);
  });

  it("cannot release the lock that its successor holds", async () => {
    const { uuid, thaw } = await frozenIn("deploy");
    const old = under.conductor;
    await under.crash();
    await under.until(uuid, "deploy failed");
    const mine = await under.stores.nodes.reserve(uuid, {
      host: "cond-1",
      bootId: under.conductor.bootId,
      purpose: "test",
    });
    thaw();
    await old.idle();
    assert.equal(await under.stores.nodes.holds(mine.ticket), true);
  });

  it("stops all work when another process has registered under its name", async () => {
    const { uuid } = await frozenIn("deploy");
    const old = under.conductor;
    await under.stores.conductors.register(
      { hostname: "cond-1", boot_id: "other", conductor_group: "", drivers: ["fake-hardware"] },
      [],
    );
    await old.pass("keepalive");
    await old.idle();
    assert.equal(under.told(uuid, "lock").at(-1)?.status, "lost");
    assert.equal((await under.node(uuid)).provision_state, "deploying", "the successor decides");
  });
});
