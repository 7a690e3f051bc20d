/** Rescue through the agent, and power of machines that have nothing but their agent. */
import assert from "node:assert/strict";
import power from "../../../../drivers/agent/power.ts";
import rescue from "../../../../drivers/agent/rescue.ts";
import { agentAt, makeBench } from "./support/bench.ts";
import { startMockAgent } from "./support/mock-agent.ts";

describe("rescue interface agent", () => {
  it("boots the rescue ramdisk, gives it the hash of the password, and leads back to the instance", async () => {
    await using agent = await startMockAgent();
    const bench = makeBench({
      node: { instance_info: { hashed_rescue_password: "$5$salt$hash", rescue_password: "plain" } },
    });
    const driver = rescue.make(bench.services);
    bench.power = "power on";
    assert.equal(await driver.rescue(bench.task), "wait");
    assert.deepEqual(bench.done, [
      "power off",
      "network unconfigureTenantNetworks",
      "network addRescuingNetwork",
      "prepare ramdisk",
      "power on",
    ]);
    bench.done.length = 0;
    bench.set(agentAt(agent.url));
    await driver.finalizeRescue?.(bench.task);
    assert.deepEqual(agent.posted, [
      { name: "rescue.finalize_rescue", wait: "true", params: { rescue_password: "$5$salt$hash", hashed: true } },
    ]);
    await driver.unrescue(bench.task);
    assert.deepEqual(bench.done, [
      "network removeRescuingNetwork",
      "network configureTenantNetworks",
      "power off",
      "clean up ramdisk",
      "network removeRescuingNetwork",
      "network configureTenantNetworks",
      "prepare instance",
      "power on",
    ]);
  });

  it("tells why the agent could not set the password", async () => {
    await using agent = await startMockAgent({
      "rescue.finalize_rescue": { error: { type: "E", details: "cannot write /etc/shadow" } },
    });
    const bench = makeBench({ node: { ...agentAt(agent.url), instance_info: { hashed_rescue_password: "x" } } });
    await assert.rejects(
      rescue.make(bench.services).finalizeRescue?.(bench.task) ?? Promise.resolve(),
      /could not set the rescue password: cannot write \/etc\/shadow/,
    );
  });

  it("needs a boot interface that can", async () => {
    const bench = makeBench();
    await assert.rejects(rescue.make(bench.services).validate(bench.task), /does not support rescue with this boot/);
  });
});

/** The last heartbeat so many seconds ago. */
const lately = (seconds = 1) => ({ agent_last_heartbeat: new Date(Date.now() - seconds * 1000).toISOString() });

describe("power interface agent", () => {
  it("restarts through a running agent", async () => {
    await using agent = await startMockAgent();
    const bench = makeBench({ node: agentAt(agent.url) });
    const driver = power.make(bench.services);
    await driver.setPowerState(bench.task, "rebooting");
    assert.deepEqual(
      agent.posted.map(({ name }) => name),
      ["standby.run_image"],
    );
  });

  it("is for fast track only, as nothing else would get along without a switch", async () => {
    await assert.rejects(
      power.make(makeBench().services).validate(makeBench().task),
      /set \[deploy\]fast_track = true/,
    );
    const own = { driver_info: { fast_track: true }, ...agentAt("http://192.0.2.7:9999", lately()) };
    const { services, task } = makeBench({ node: { ...own, provision_state: "manageable" } });
    await power.make(services).validate(task);
  });

  it("wants an agent that has called in lately, except where the machine runs its own system", async () => {
    const config = { deploy: { fast_track: true, fast_track_timeout: 60 } };
    const node = { provision_state: "available", ...agentAt("http://192.0.2.7:9999", lately(61)) } as const;
    const bench = makeBench({ config, node });
    const driver = power.make(bench.services);
    await assert.rejects(driver.validate(bench.task), /seems to be offline.*by hand.*within 60 s/);
    assert.equal(await driver.getPowerState(bench.task), null);
    bench.set({ provision_state: "active" });
    await driver.validate(bench.task);
    bench.set(agentAt("http://192.0.2.7:9999", lately(59)));
    assert.equal(await driver.getPowerState(bench.task), "power on");
  });

  it("knows no state without an agent, cannot switch off, and says when nobody is there to ask", async () => {
    const bench = makeBench();
    const driver = power.make(bench.services);
    assert.equal(await driver.getPowerState(bench.task), null);
    await assert.rejects(driver.setPowerState(bench.task, "power off"), /cannot do "power off".*machine's own switch/);
    await assert.rejects(driver.setPowerState(bench.task, "rebooting"), /no agent runs on node .*by hand/);
  });
});
