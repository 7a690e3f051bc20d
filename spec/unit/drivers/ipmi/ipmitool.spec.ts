/** Power and management over the real ipmitool, against a real BMC simulator and against BMCs in trouble. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import { IpmiFailure, PowerStateFailure } from "../../../../common/errors/driver.ts";
import type { JsonObject } from "../../../../common/json.ts";
import management from "../../../../drivers/ipmi/management.ts";
import power from "../../../../drivers/ipmi/power.ts";
import { type TestServices, type TestTask, testServices, testTask } from "../../../support/driver-task.ts";
import { hasIpmiSim, IpmiSim, silentBmc } from "../../../support/ipmi-sim.ts";
import { flagsKeepingIpmitool, type TracedProgram, tracedIpmitool } from "../../../support/ipmitool-programs.ts";
import { processesWith, until, watchProcesses } from "../../../support/processes.ts";

const quick = (overrides: ConfigOverrides["ipmi"] = {}): TestServices =>
  testServices({ ipmi: { command_retry_timeout: 2, min_command_interval: 1, ...overrides } }, { realTime: true });

function taskFor(port: number, more: JsonObject = {}): TestTask {
  const driver_info = {
    ipmi_address: "127.0.0.1",
    ipmi_port: port,
    ipmi_username: "admin",
    ipmi_password: "secretpass",
    ...more,
  };
  return testTask({ driver_info });
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => assert.fail("it should have failed"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return error;
}

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

  describe("secrets", () => {
    it("shows neither password nor Kg key in the arguments or environment of any process", async () => {
      const keyed = await IpmiSim.start({ kgKey: "kgkgkgkgkg" });
      try {
        const task = taskFor(keyed.port, { ipmi_hex_kg_key: Buffer.from("kgkgkgkgkg").toString("hex") });
        const work = power.make(quick()).getPowerState(task);
        const seen = await watchProcesses("ipmitool -v", work);
        assert.equal(await work, "power off");
        assert.ok(seen.length > 0, "it was caught while it ran");
        for (const text of seen) assert.doesNotMatch(text, /secretpass|kgkgkgkgkg|6b676b67/);
      } finally {
        await keyed.stop();
      }
    });

    it("leaves no file behind", async () => {
      const leftovers = () => readdirSync(tmpdir()).filter((name) => /^ferric-[0-9a-f]{8}-/.test(name));
      const before = leftovers();
      await power.make(quick()).getPowerState(taskFor(bmc.port));
      assert.deepEqual(leftovers(), before);
    });
  });

  describe("trouble", () => {
    it("names address, user and remedy for a wrong password, at once, never the password", async () => {
      const services = quick();
      const error = await failure(
        power.make(services).getPowerState(taskFor(bmc.port, { ipmi_password: "wrongpass" })),
      );
      assert.ok(IpmiFailure.matches(error));
      assert.match(error.message, new RegExp(`BMC 127.0.0.1:${bmc.port} refused user "admin".*ipmi_password`));
      assert.doesNotMatch(error.message, /wrongpass/);
      assert.deepEqual(services.slept, [], "no second try with a password that is wrong");
    });

    it("names them for an unknown user too", async () => {
      const error = await failure(power.make(quick()).getPowerState(taskFor(bmc.port, { ipmi_username: "nobody" })));
      assert.match(error.message, /refused user "nobody"/);
    });

    it("asks to look at the Kg key too when the node has one", async () => {
      const keyed = await IpmiSim.start({ kgKey: "kgkgkgkgkg" });
      try {
        const error = await failure(
          power.make(quick()).getPowerState(taskFor(keyed.port, { ipmi_hex_kg_key: "6b68" })),
        );
        assert.match(error.message, /refused user "admin".*ipmi_hex_kg_key/);
      } finally {
        await keyed.stop();
      }
    });

    it("says which privilege is missing", async () => {
      const reader = { ipmi_username: "reader", ipmi_password: "readerpass", ipmi_priv_level: "USER" };
      const error = await failure(power.make(quick()).setPowerState(taskFor(bmc.port, reader), "power on"));
      assert.match(error.message, /does not give user "reader" the privilege USER.*ipmi_priv_level/);
    });

    it("gives up on a silent BMC in the time allowed, after trying again", async () => {
      const silent = await silentBmc();
      try {
        const services = quick({ command_retry_timeout: 4 });
        const error = await failure(power.make(services).getPowerState(taskFor(silent.port)));
        assert.match(error.message, new RegExp(`BMC 127.0.0.1:${silent.port} did not answer user "admin" within`));
        assert.match(error.message, /ipmi_address.*ipmi_port/);
        assert.ok(silent.packets() >= 3, "it tried more than once");
      } finally {
        silent.close();
      }
    });

    it("ends an ipmitool at once when the task is aborted", async () => {
      const silent = await silentBmc();
      try {
        const task = taskFor(silent.port);
        const work = failure(
          power.make(quick({ command_retry_timeout: 60, min_command_interval: 5 })).getPowerState(task),
        );
        const running = () => processesWith(`-p ${silent.port} `);
        await until(() => running().length > 0);
        const started = performance.now();
        task.controller.abort(new Error("the operation was aborted"));
        assert.equal((await work).message, "the operation was aborted");
        assert.ok(performance.now() - started < 1000);
        assert.deepEqual(running(), []);
      } finally {
        silent.close();
      }
    });

    it("reports a BMC that dies in the middle of an action", async () => {
      bmc.make("stuck");
      const services = quick();
      const task = taskFor(bmc.port);
      const work = failure(power.make(services).setPowerState(task, "power on"));
      await until(() => bmc.told.includes("power 1"));
      await bmc.kill();
      assert.match((await work).message, /Failed to set node power state to power on: .*did not answer/);
    });

    it("goes on when the BMC comes back within the time allowed", async () => {
      const silent = await silentBmc();
      const work = power.make(quick({ command_retry_timeout: 15 })).getPowerState(taskFor(silent.port));
      await until(() => silent.packets() > 0);
      silent.close();
      const returned = await IpmiSim.start({ port: silent.port });
      try {
        assert.equal(await work, "power off");
      } finally {
        await returned.stop();
      }
    });

    it("says what to install when there is no ipmitool", async () => {
      const error = await failure(power.make(quick({ ipmitool: "/nonexistent" })).getPowerState(taskFor(bmc.port)));
      assert.match(error.message, /\/nonexistent cannot be run .*install ipmitool, or name it in \[ipmi\]ipmitool/);
    });
  });
});
