/** The redfish interfaces against sushy-tools' emulator over HTTPS, on a line that is cut again and again. */
import assert from "node:assert/strict";
import type { PowerInterface } from "../../../drivers/base/interfaces.ts";
import { redfishAccess } from "../../../drivers/redfish/access.ts";
import { RedfishManagement } from "../../../drivers/redfish/management.ts";
import { redfishPower } from "../../../drivers/redfish/power.ts";
import { chance } from "../../../tools/simulator/conditions.ts";
import { CuttingProxy } from "../../support/cutting-proxy.ts";
import { type TestServices, testServices, testTask } from "../../support/driver-task.ts";
import { SushyEmulator } from "../../support/sushy-emulator.ts";

const ROUNDS = 8;
/** Of all pieces that are sent, each way of cutting. An action is three of them, with the handshake before it. */
const SHARE = 0.05;

describe("redfish against the sushy-tools emulator over a line that is cut", function () {
  this.timeout(600_000);
  let emulator: SushyEmulator;
  let proxy: CuttingProxy;
  let services: TestServices;
  let power: PowerInterface;
  let management: RedfishManagement;

  before(async () => {
    emulator = await SushyEmulator.start();
    const random = chance(7);
    proxy = await CuttingProxy.start(Number(new URL(emulator.url).port), () => {
      const drawn = random();
      return drawn < SHARE ? "before" : drawn < 2 * SHARE ? "after" : null;
    });
    services = testServices();
    power = redfishPower(services);
    management = new RedfishManagement(services);
  });
  after(async () => {
    await redfishAccess(services).close();
    await proxy?.[Symbol.asyncDispose]();
    await emulator?.[Symbol.asyncDispose]();
  });
  const task = () =>
    testTask({ driver_info: { ...emulator.driverInfo, redfish_address: `https://127.0.0.1:${proxy.port}` } });

  it(`${ROUNDS} times: off, boot mode, secure boot, boot device, on, reboot, light`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const isOdd = round % 2 === 1;
      const [mode, device, light] = isOdd ? (["uefi", "cdrom", "on"] as const) : (["bios", "pxe", "off"] as const);
      await power.setPowerState(task(), "power off");
      await management.setBootMode(task(), mode);
      await management.setSecureBoot(task(), isOdd);
      await management.setBootDevice(task(), device, true);
      await power.setPowerState(task(), "power on");
      await power.setPowerState(task(), "rebooting");
      const lights = await management.supportedIndicators(task());
      const [component, names] = Object.entries(lights)[0] ?? [];
      const [name] = Object.keys(names ?? {});
      assert.ok(component && name, JSON.stringify(lights));
      await management.setIndicatorState(task(), component, name, light);
      assert.deepEqual(
        {
          power: await power.getPowerState(task()),
          mode: await management.getBootMode(task()),
          secure: await management.getSecureBoot(task()),
          device: (await management.getBootDevice(task())).boot_device,
          light: await management.getIndicatorState(task(), component, name),
        },
        { power: "power on", mode, secure: isOdd, device, light },
      );
    }
    assert.ok(proxy.cuts > ROUNDS, `the line was cut ${proxy.cuts} times`);
  });
});
