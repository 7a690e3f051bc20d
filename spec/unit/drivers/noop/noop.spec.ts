/** Interfaces that stand for "none": what they let pass and what they refuse. */
import assert from "node:assert/strict";
import { UnsupportedDriverExtension } from "../../../../common/errors/driver.ts";
import flatNetwork from "../../../../drivers/network/flat.ts";
import noopNetwork from "../../../../drivers/network/noop.ts";
import noopDeploy from "../../../../drivers/noop/deploy.ts";
import noopManagement from "../../../../drivers/noop/management.ts";
import noBios from "../../../../drivers/noop/no-bios.ts";
import noConsole from "../../../../drivers/noop/no-console.ts";
import noFirmware from "../../../../drivers/noop/no-firmware.ts";
import noInspect from "../../../../drivers/noop/no-inspect.ts";
import noRaid from "../../../../drivers/noop/no-raid.ts";
import noRescue from "../../../../drivers/noop/no-rescue.ts";
import noVendor from "../../../../drivers/noop/no-vendor.ts";
import noopStorage from "../../../../drivers/storage/noop.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";

const unsupported = (error: unknown) =>
  UnsupportedDriverExtension.matches(error) && /fake-hardware/.test(error.message);

describe("interfaces that stand for none", () => {
  it("refuse validation by name", async () => {
    for (const entry of [noBios, noConsole, noFirmware, noInspect, noRaid, noRescue, noVendor])
      await assert.rejects(entry.make(testServices()).validate(testTask()), unsupported, entry.name);
  });

  it("refuse the action itself, should it be called", async () => {
    const services = testServices();
    await assert.rejects(noConsole.make(services).start(testTask()), unsupported);
    await assert.rejects(noConsole.make(services).get(testTask()), unsupported);
    await assert.rejects(noInspect.make(services).inspectHardware(testTask()), unsupported);
    await assert.rejects(noRescue.make(services).rescue(testTask()), unsupported);
    await assert.rejects(noRescue.make(services).unrescue(testTask()), unsupported);
  });

  it("let what an earlier interface left be cleaned up", async () => {
    await noConsole.make(testServices()).stop(testTask());
    await noRescue.make(testServices()).cleanUp(testTask());
  });
});

describe("noop interfaces", () => {
  it("accept any boot device and report none", async () => {
    const management = noopManagement.make(testServices());
    await management.validate(testTask());
    await management.setBootDevice(testTask(), "disk", true);
    assert.deepEqual(await management.getBootDevice(testTask()), { boot_device: null, persistent: null });
    assert.ok((await management.supportedBootDevices(testTask())).includes("disk"));
  });

  it("deploy by changing states only", async () => {
    const deploy = noopDeploy.make(testServices());
    const task = testTask();
    await deploy.prepare(task);
    assert.equal(await deploy.steps?.[0]?.run(task, {}), "done");
    assert.equal(await deploy.tearDown(task), "done");
    assert.equal(await deploy.prepareCleaning(task, "clean"), "done");
    assert.deepEqual([task.saved, task.events], [[], []]);
  });

  for (const entry of [noopNetwork, flatNetwork]) {
    it(`${entry.name}: answer every call of the network contract without touching the node`, async () => {
      const network = entry.make(testServices());
      const task = testTask();
      const calls = [
        network.validate,
        network.addProvisioningNetwork,
        network.removeProvisioningNetwork,
        network.addCleaningNetwork,
        network.removeCleaningNetwork,
        network.addRescuingNetwork,
        network.removeRescuingNetwork,
        network.addInspectionNetwork,
        network.removeInspectionNetwork,
        network.addServicingNetwork,
        network.removeServicingNetwork,
        network.configureTenantNetworks,
        network.unconfigureTenantNetworks,
      ];
      for (const call of calls) await call.call(network, task);
      await network.portChanged(task, "7c5e9d2a-0000-4000-8000-000000000002");
      await noopStorage.make(testServices()).validate(task);
      assert.deepEqual(task.saved, []);
    });
  }

  it("VIFs: noop takes and forgets them, flat says that they need Neutron", async () => {
    const [noop, flat] = [noopNetwork, flatNetwork].map((entry) => entry.make(testServices()).vifs);
    await noop?.attach(testTask(), { id: "v" });
    await noop?.detach(testTask(), "v");
    assert.deepEqual(await noop?.list(testTask()), []);
    assert.deepEqual(await flat?.list(testTask()), []);
    await assert.rejects(async () => flat?.attach(testTask(), { id: "v" }), /flat.*Neutron.*noop/);
    await assert.rejects(async () => flat?.detach(testTask(), "v"), /flat/);
  });
});
