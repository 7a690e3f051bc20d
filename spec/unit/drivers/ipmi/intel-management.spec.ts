/** Speed Select of Intel's machines: the raw commands, as a real Ironic 39 sends them, and what is refused. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import intelManagement from "../../../../drivers/ipmi/intel-management.ts";
import { testServices } from "../../../support/driver-task.ts";
import { hasIpmiSim, IpmiSim } from "../../../support/ipmi-sim.ts";
import { flagsKeepingIpmitool, type TracedProgram } from "../../../support/ipmitool-programs.ts";
import { failure, quick, taskFor } from "./ipmitool-bench.ts";

describe("management interface intel-ipmitool", () => {
  let program: TracedProgram;

  beforeEach(() => {
    program = flagsKeepingIpmitool();
  });
  afterEach(() => program.remove());

  const stepOf = (services = testServices({ ipmi: { ipmitool: program.program } })) => {
    const [step] = intelManagement.make(services).steps ?? [];
    assert.ok(step);
    return step;
  };
  const sent = () => program.calls().map((call) => call.slice(call.indexOf("raw")).join(" "));

  it("sends the profile to each processor, holding the lock", async () => {
    const task = taskFor(623);
    const args = { intel_speedselect_config: "0x01", socket_count: 2 };
    assert.equal(await stepOf().run(task, args), "done");
    assert.deepEqual(sent(), ["raw 0x2c 0x41 0x04 0x00 0x00 0x01", "raw 0x2c 0x41 0x04 0x00 0x01 0x01"]);
    assert.equal(task.lockChecks, 2);
  });

  it("has one processor where nothing is said, and takes a number in a text", async () => {
    await stepOf().run(taskFor(623), { intel_speedselect_config: "0x02" });
    await stepOf().run(taskFor(623), { intel_speedselect_config: "0x00", socket_count: "1" });
    assert.deepEqual(sent(), ["raw 0x2c 0x41 0x04 0x00 0x00 0x02", "raw 0x2c 0x41 0x04 0x00 0x00 0x00"]);
  });

  it("sends nothing in a deploy that asks for no profile", async () => {
    assert.equal(await stepOf().run(taskFor(623), {}), "done");
    assert.deepEqual(sent(), []);
  });

  it("refuses what is no profile or no number of processors before anything is sent", async () => {
    const wrong: readonly (readonly [JsonObject, RegExp])[] = [
      [
        { intel_speedselect_config: "0x05" },
        /intel_speedselect_config is "0x05"; give one of the texts 0x00, 0x01, 0x02/,
      ],
      [{ intel_speedselect_config: 1 }, /intel_speedselect_config is 1;/],
      [{ intel_speedselect_config: "0x01", socket_count: 0 }, /socket_count is 0; give the number of processors/],
      [{ intel_speedselect_config: "0x01", socket_count: 257 }, /socket_count is 257/],
      [{ intel_speedselect_config: "0x01", socket_count: "two" }, /socket_count is "two"/],
    ];
    for (const [args, words] of wrong) assert.match((await failure(stepOf().run(taskFor(623), args))).message, words);
    assert.deepEqual(sent(), []);
  });

  it("says what a BMC answers that does not know the command", async function () {
    if (!hasIpmiSim()) this.skip();
    const bmc = await IpmiSim.start();
    try {
      const work = stepOf(quick()).run(taskFor(bmc.port), { intel_speedselect_config: "0x01" });
      assert.match((await failure(work)).message, /IPMI call failed: .*(?:invalid|unknown|not supported|0xc1)/i);
    } finally {
      await bmc.stop();
    }
  });
});
