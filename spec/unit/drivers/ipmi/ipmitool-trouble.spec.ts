/** What ipmitool shows of the secrets it is given, and BMCs in trouble: silent, dying, refusing. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IpmiFailure } from "../../../../common/errors/driver.ts";
import power from "../../../../drivers/ipmi/power.ts";
import { hasIpmiSim, IpmiSim, silentBmc } from "../../../support/ipmi-sim.ts";
import { processesWith, until, watchProcesses } from "../../../support/processes.ts";
import { failure, quick, taskFor } from "./ipmitool-bench.ts";

describe("ipmitool interfaces, under suspicion and in trouble", () => {
  let bmc: IpmiSim;

  before(function () {
    if (!hasIpmiSim()) this.skip();
  });

  beforeEach(async () => {
    bmc = await IpmiSim.start();
  });

  afterEach(async () => {
    await bmc?.stop();
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
      const [folder, usual] = [await mkdtemp(join(tmpdir(), "ferric-ipmi-")), process.env.TMPDIR];
      process.env.TMPDIR = folder;
      try {
        await power.make(quick()).getPowerState(taskFor(bmc.port));
        assert.deepEqual(await readdir(folder), []);
      } finally {
        if (usual === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = usual;
        await rm(folder, { recursive: true });
      }
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
        assert.ok(performance.now() - started < 10_000, "long before the 60 s are over");
        assert.deepEqual(running(), []);
      } finally {
        silent.close();
      }
    });

    it("reports a BMC that dies in the middle of an action", async () => {
      bmc.make("stuck");
      const services = quick({ command_retry_timeout: 2 });
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
