/** The interfaces `ipmi-native` against a real BMC simulator: what those over ipmitool do, without a process. */
import assert from "node:assert/strict";
import { IpmiFailure, PowerStateFailure } from "../../../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../../../common/errors/request.ts";
import type { JsonObject } from "../../../../common/json.ts";
import management from "../../../../drivers/ipmi/native-management.ts";
import power from "../../../../drivers/ipmi/native-power.ts";
import vendor from "../../../../drivers/ipmi/native-vendor.ts";
import { hasIpmiSim, IpmiSim, silentBmc } from "../../../support/ipmi-sim.ts";
import { failure, quick, taskFor } from "./ipmitool-bench.ts";

/** No process can be started by this name: the native interfaces need none. */
const services = () => quick({ ipmitool: "/nonexistent/ipmitool", command_retry_timeout: 2 });

describe("ipmi-native interfaces", () => {
  let bmc: IpmiSim;

  before(function () {
    if (!hasIpmiSim()) this.skip();
  });
  beforeEach(async () => {
    bmc = await IpmiSim.start();
  });
  afterEach(async () => await bmc?.stop());

  it("read and switch the power, and check the lock first", async () => {
    const task = taskFor(bmc.port);
    const interfaces = power.make(services());
    assert.equal(await interfaces.getPowerState(task), "power off");
    await interfaces.setPowerState(task, "power on");
    assert.equal(bmc.power, "1");
    await interfaces.setPowerState(task, "soft rebooting");
    await interfaces.setPowerState(task, "rebooting");
    await interfaces.setPowerState(task, "power off");
    assert.deepEqual(bmc.told, ["power 1", "shutdown 1", "power 1", "power 0", "power 1", "power 0"]);
    assert.equal(task.lockChecks, 6);
  });

  it("fail naming the remedy when the operating system ignores the button", async () => {
    bmc.setPower("1");
    bmc.make("deaf");
    const work = power.make(services()).setPowerState(taskFor(bmc.port), "soft power off", { timeout: 1 });
    const error = await failure(work);
    assert.ok(PowerStateFailure.matches(error));
    assert.match(error.message, /not reached within 1 s.*use power off/);
  });

  it("set and read the boot device", async () => {
    const interfaces = management.make(services());
    const task = taskFor(bmc.port);
    for (const device of ["pxe", "disk"]) {
      await interfaces.setBootDevice(task, device, true);
      assert.equal(bmc.bootDevice, device === "disk" ? "default" : device);
      assert.equal((await interfaces.getBootDevice(task)).boot_device, device);
    }
    assert.equal(await interfaces.getBootMode?.(task), null, "flags that are not valid tell no mode");
  });

  it("set the boot device again at power on for BMCs that forget it", async () => {
    const both = services();
    const task = taskFor(bmc.port, { ipmi_force_boot_device: "true" });
    await management.make(both).setBootDevice(task, "pxe", false);
    await power.make(both).setPowerState(task, "power on");
    assert.deepEqual(bmc.told, ["boot pxe", "boot pxe", "power 1"]);
  });

  it("tell a refused interrupt by its completion code", async () => {
    const error = await failure(management.make(services()).injectNmi?.(taskFor(bmc.port)) ?? Promise.resolve());
    assert.ok(IpmiFailure.matches(error));
    assert.match(error.message, /refused the command: Chassis Control: invalid data field in request .*CCh/);
  });

  it("send raw bytes and reset the BMC as vendor calls", async () => {
    const methods = vendor.make(services()).methods ?? {};
    const task = taskFor(bmc.port);
    assert.equal(await methods.send_raw?.run(task, { raw_bytes: "0x06 0x01" }), null);
    const error = await failure(methods.send_raw?.run(task, { raw_bytes: "0x06 0xee" }) ?? Promise.resolve());
    assert.match(error.message, /invalid command \(completion code C1h\)/);
  });

  it("say what is wrong with user, password, suite or address, never with the password in it", async () => {
    const interfaces = power.make(services());
    const cases: readonly (readonly [JsonObject, RegExp])[] = [
      [{ ipmi_password: "wrongpass" }, /refused user "admin": correct driver_info\/ipmi_username and/],
      [{ ipmi_username: "nobody" }, /refused user "nobody"/],
      [{ ipmi_hex_kg_key: "31323334" }, /ipmi_hex_kg_key/],
      [{ ipmi_cipher_suite: "17" }, /does not accept cipher suite 17: set driver_info\/ipmi_cipher_suite/],
      [{ ipmi_address: "no-such-host.invalid" }, /cannot be found: correct driver_info\/ipmi_address/],
    ];
    for (const [info, expected] of cases) {
      const error = await failure(interfaces.getPowerState(taskFor(bmc.port, info)));
      assert.ok(IpmiFailure.matches(error));
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /secretpass|wrongpass/);
    }
  });

  it("take the Kg key", async () => {
    const keyed = await IpmiSim.start({ kgKey: "kgkgkgkgkg" });
    try {
      const key = Buffer.from("kgkgkgkgkg").toString("hex");
      const task = taskFor(keyed.port, { ipmi_hex_kg_key: key });
      assert.equal(await power.make(services()).getPowerState(task), "power off");
      assert.match((await failure(power.make(services()).getPowerState(taskFor(keyed.port)))).message, /refused user/);
    } finally {
      await keyed.stop();
    }
  });

  it("give up a silent BMC in time, and at once when the work is aborted", async () => {
    const silent = await silentBmc();
    try {
      const interfaces = power.make(services());
      const error = await failure(interfaces.getPowerState(taskFor(silent.port)));
      assert.match(error.message, /did not answer user "admin" within 2 s: check driver_info\/ipmi_address/);
      const task = taskFor(silent.port);
      const work = failure(interfaces.getPowerState(task));
      task.controller.abort(new Error("the node was let go"));
      assert.match((await work).message, /the node was let go/);
    } finally {
      silent.close();
    }
  });

  it("explain in validation what only ipmitool can do", async () => {
    const interfaces = power.make(services());
    const cases: readonly (readonly [JsonObject, RegExp])[] = [
      [{ ipmi_protocol_version: "1.5" }, /ipmi-native speaks 2.0 only: set that, or use the interfaces `ipmitool`/],
      [{ ipmi_cipher_suite: "8" }, /ipmi-native has 1, 2, 3, 15, 16, 17: set one of these, or use/],
      [{ ipmi_username: "a-name-of-17-char" }, /IPMI allows 16 bytes/],
    ];
    for (const [info, expected] of cases) {
      const error = await failure(interfaces.validate(taskFor(bmc.port, info)));
      assert.ok(InvalidParameterValue.matches(error));
      assert.match(error.message, expected);
    }
  });
});
