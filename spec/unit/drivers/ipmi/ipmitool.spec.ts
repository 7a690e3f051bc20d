/** Power and management over the real ipmitool, against a real BMC simulator. */
import assert from "node:assert/strict";
import { PowerStateFailure } from "../../../../common/errors/driver.ts";
import management from "../../../../drivers/ipmi/management.ts";
import power from "../../../../drivers/ipmi/power.ts";
import { testServices } from "../../../support/driver-task.ts";
import { hasIpmiSim, IpmiSim } from "../../../support/ipmi-sim.ts";
import { flagsKeepingIpmitool, type TracedProgram, tracedIpmitool } from "../../../support/ipmitool-programs.ts";
import { failure, quick, taskFor } from "./ipmitool-bench.ts";

describe("ipmitool interfaces", () => {
  let bmc: IpmiSim;
  let programs: TracedProgram[] = [];

  function using(program: TracedProgram): TracedProgram {
    programs.push(program);
    return program;
  }

  before(function () {
    if (!hasIpmiSim()) this.skip();
  });

  beforeEach(async () => {
    bmc = await IpmiSim.start();
  });

  afterEach(async () => {
    for (const program of programs) program.remove();
    programs = [];
    await bmc?.stop();
  });

  describe("power", () => {
    it("reads the state", async () => {
      const interfaces = power.make(quick());
      assert.equal(await interfaces.getPowerState(taskFor(bmc.port)), "power off");
      bmc.setPower("1");
      assert.equal(await interfaces.getPowerState(taskFor(bmc.port)), "power on");
    });

    it("switches on and off, and checks the lock first", async () => {
      const task = taskFor(bmc.port);
      const interfaces = power.make(quick());
      await interfaces.setPowerState(task, "power on");
      assert.equal(bmc.power, "1");
      await interfaces.setPowerState(task, "power off");
      assert.equal(bmc.power, "0");
      assert.equal(task.lockChecks, 2);
    });

    it("reboots by switching off, then on", async () => {
      bmc.setPower("1");
      await power.make(quick()).setPowerState(taskFor(bmc.port), "rebooting");
      assert.deepEqual(bmc.told, ["power 0", "power 1"]);
    });

    it("asks the operating system for soft power off and soft reboot", async () => {
      bmc.setPower("1");
      const interfaces = power.make(quick());
      await interfaces.setPowerState(taskFor(bmc.port), "soft rebooting");
      assert.deepEqual(bmc.told, ["shutdown 1", "power 1"]);
      await interfaces.setPowerState(taskFor(bmc.port), "soft power off");
      assert.equal(bmc.power, "0");
    });

    it("fails naming the remedy when the operating system ignores the button", async () => {
      bmc.setPower("1");
      bmc.make("deaf");
      const work = power.make(quick()).setPowerState(taskFor(bmc.port), "soft power off", { timeout: 1 });
      const error = await failure(work);
      assert.ok(PowerStateFailure.matches(error));
      assert.match(error.message, /not reached within 1 s.*use power off/);
      assert.equal(bmc.power, "1");
    });

    it("fails when the machine never reaches the state", async () => {
      bmc.make("stuck");
      const services = testServices({ conductor: { power_state_change_timeout: 2 } });
      const error = await failure(power.make(services).setPowerState(taskFor(bmc.port), "power on"));
      assert.match(error.message, /power on: not reached within 2 s/);
      assert.deepEqual(services.slept, [0.25, 0.5, 1], "it asks quickly at first, then more slowly");
    });

    it("adds no wait of its own when the BMC answers", async () => {
      const services = quick({ min_command_interval: 5 });
      await power.make(services).setPowerState(taskFor(bmc.port), "power on");
      assert.deepEqual(services.slept, []);
    });
  });

  describe("cipher suites", () => {
    it("falls back to 3 when 17 is refused, and starts there next time", async () => {
      const { program, calls } = using(tracedIpmitool());
      const task = taskFor(bmc.port);
      const interfaces = power.make(quick({ ipmitool: program }));
      assert.equal(await interfaces.getPowerState(task), "power off");
      assert.equal(await interfaces.getPowerState(task), "power off");
      const suites = calls().map((args) => args[args.indexOf("-C") + 1]);
      assert.deepEqual(suites, ["17", "3", "3"]);
    });

    it("keeps to the suite that the node names, and says so when the BMC refuses it", async () => {
      const error = await failure(power.make(quick()).getPowerState(taskFor(bmc.port, { ipmi_cipher_suite: "17" })));
      assert.match(error.message, /does not accept cipher suite 17: set driver_info\/ipmi_cipher_suite/);
    });

    it("speaks IPMI 1.5 when asked", async () => {
      const task = taskFor(bmc.port, { ipmi_protocol_version: "1.5" });
      assert.equal(await power.make(quick()).getPowerState(task), "power off");
    });
  });

  describe("management", () => {
    it("sets and reads the boot device", async () => {
      const interfaces = management.make(quick());
      const task = taskFor(bmc.port);
      for (const device of ["pxe", "disk"]) {
        await interfaces.setBootDevice(task, device, true);
        assert.equal(bmc.bootDevice, device === "disk" ? "default" : device);
        assert.equal((await interfaces.getBootDevice(task)).boot_device, device);
      }
    });

    it("keeps boot mode, device and persistence apart in the boot flags", async () => {
      const { program, calls } = using(flagsKeepingIpmitool());
      const interfaces = management.make(quick({ ipmitool: program }));
      const task = taskFor(bmc.port);
      assert.equal(await interfaces.getBootMode?.(task), null, "flags that are not valid tell no mode");
      await interfaces.setBootDevice(task, "cdrom", true);
      assert.equal(
        await interfaces.getBootMode?.(task),
        "uefi",
        "the mode that the node is to use goes with the device",
      );
      await interfaces.setBootMode?.(task, "bios");
      assert.equal(await interfaces.getBootMode?.(task), "bios");
      assert.deepEqual(await interfaces.getBootDevice(task), { boot_device: "cdrom", persistent: true });
      const keeps = calls().filter((args) => args.slice(-4).join(" ") === "0x00 0x08 0x03 0x08");
      assert.equal(keeps.length, 2, "the BMC is told to keep the flags");
    });

    it("refuses a device that IPMI does not have", async () => {
      const error = await failure(management.make(quick()).setBootDevice(taskFor(bmc.port), "floppy", false));
      assert.match(error.message, /"floppy" is not supported; use one of: pxe, disk, cdrom, bios, safe/);
    });

    it("sets the boot device again at power on for BMCs that forget it, once when it was for one start", async () => {
      const services = quick();
      const task = taskFor(bmc.port, { ipmi_force_boot_device: "true" });
      await management.make(services).setBootDevice(task, "pxe", false);
      await power.make(services).setPowerState(task, "power on");
      await power.make(services).setPowerState(task, "rebooting");
      assert.deepEqual(bmc.told, ["boot pxe", "boot pxe", "power 1", "power 0", "power 1"]);
      assert.deepEqual(task.node.driver_internal_info, {});
    });
  });
});
