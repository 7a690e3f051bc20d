/** Fast track of deploy and cleaning: what is left out when a ramdisk runs already, and when it counts as running. */
import assert from "node:assert/strict";
import direct from "../../../../drivers/agent/direct.ts";
import { agentAt, type Bench, makeBench } from "./support/bench.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const beat = (secondsAgo: number) => ({ agent_last_heartbeat: new Date(NOW - secondsAgo * 1000).toISOString() });

describe("fast track", () => {
  const make = (secondsAgo = 30, options: { on?: boolean; wanted?: boolean } = {}) => {
    const node = agentAt("http://192.0.2.7:9999", { ...beat(secondsAgo), agent_command: "old" });
    const bench = makeBench({
      config: { deploy: { fast_track: options.wanted ?? true, fast_track_timeout: 60 } },
      node,
    });
    Object.assign(bench.services, { clock: () => NOW });
    bench.power = options.on === false ? "power off" : "power on";
    return { bench, deploy: direct.make(bench.services) };
  };
  const agentOf = (bench: Bench) => bench.task.node.driver_internal_info.agent_url;

  it("cleans with the ramdisk that runs, and leaves it running", async () => {
    const { bench, deploy } = make();
    assert.equal(await deploy.prepareCleaning(bench.task, "clean"), "done");
    assert.deepEqual(bench.done, ["network addCleaningNetwork", "prepare ramdisk"]);
    assert.ok(agentOf(bench));
    assert.equal(bench.task.node.driver_internal_info.agent_command, undefined, "an old command is nobody's any more");
    bench.done.length = 0;
    await deploy.tearDownCleaning(bench.task, "clean");
    assert.deepEqual(bench.done, ["clean up ramdisk", "network removeCleaningNetwork"]);
  });

  it("ends its deploy step at once", async () => {
    const { bench, deploy } = make();
    const step = deploy.steps?.find((one) => one.step === "deploy");
    assert.equal(await step?.run(bench.task, {}), "done");
    assert.deepEqual(bench.done, []);
  });

  it("never goes on with a ramdisk for servicing: the machine runs its instance", async () => {
    const { bench, deploy } = make();
    assert.equal(await deploy.prepareCleaning(bench.task, "service"), "wait");
    assert.ok(bench.done.includes("power on"));
  });

  for (const [why, secondsAgo, options] of [
    ["was heard too long ago", 61, {}],
    ["is switched off", 30, { on: false }],
    ["is not wanted", 30, { wanted: false }],
  ] as const) {
    it(`boots anew when the ramdisk ${why}`, async () => {
      const { bench, deploy } = make(secondsAgo, options);
      assert.equal(await deploy.agent?.runs?.(bench.task), false);
      assert.equal(await deploy.prepareCleaning(bench.task, "clean"), "wait");
      assert.equal(bench.done.at(-1), "power on");
      assert.equal(agentOf(bench), undefined, "the old agent is forgotten");
    });
  }
});
