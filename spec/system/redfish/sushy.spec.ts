/** The redfish interfaces against sushy-tools' emulator over HTTPS: what the field tests its own Redfish drivers with. */
import assert from "node:assert/strict";
import type { BmcExchange } from "../../../common/bmc-exchange.ts";
import type { JsonObject } from "../../../common/json.ts";
import type { NewBiosSetting, NewFirmwareComponent } from "../../../common/objects/node-parts.ts";
import type { Interface, PowerInterface } from "../../../drivers/base/interfaces.ts";
import { HARDWARE_WORK, type StepDef } from "../../../drivers/base/steps.ts";
import { redfishAccess } from "../../../drivers/redfish/access.ts";
import bios from "../../../drivers/redfish/bios.ts";
import firmware from "../../../drivers/redfish/firmware.ts";
import inspect from "../../../drivers/redfish/inspect.ts";
import { RedfishManagement } from "../../../drivers/redfish/management.ts";
import { redfishPower } from "../../../drivers/redfish/power.ts";
import raid from "../../../drivers/redfish/raid.ts";
import vendor from "../../../drivers/redfish/vendor.ts";
import {
  type TaskOptions,
  type TestServices,
  type TestTask,
  testServices,
  testTask,
} from "../../support/driver-task.ts";
import { SushyEmulator } from "../../support/sushy-emulator.ts";

describe("redfish against the sushy-tools emulator", function () {
  this.timeout(600_000);
  let emulator: SushyEmulator;
  let services: TestServices;
  let power: PowerInterface;
  let management: RedfishManagement;
  const seen: BmcExchange[] = [];
  const kept = { bios: [] as readonly NewBiosSetting[], firmware: [] as readonly NewFirmwareComponent[] };
  const inventories: JsonObject[] = [];
  const made: string[] = [];

  before(async () => {
    emulator = await SushyEmulator.start();
  });
  after(() => emulator[Symbol.asyncDispose]());
  beforeEach(() => {
    services = {
      ...testServices(),
      observe: (_, exchange) => seen.push(exchange),
      storeInventory: async (_, inventory) => void inventories.push(inventory),
      kept: {
        biosSettings: async () => [],
        keepBiosSettings: async (_, bios) => void Object.assign(kept, { bios }),
        keepFirmware: async (_, firmware) => void Object.assign(kept, { firmware }),
      },
    };
    power = redfishPower(services);
    management = new RedfishManagement(services);
  });
  afterEach(() => redfishAccess(services).close());

  function task(options: TaskOptions = {}): TestTask {
    const node = { clean_step: {}, deploy_step: {}, service_step: {}, ...options.node };
    const one = testTask({ driver_info: emulator.driverInfo, ...options, node });
    const driver = { ...one.driver, power, deploy: {} } as unknown as TestTask["driver"];
    return Object.defineProperties(one, {
      driver: { value: driver },
      createPort: { value: async ({ address }: { address: string }) => void made.push(address) },
    });
  }
  const stepOf = (one: Interface, name: string): StepDef => {
    const found = one.steps?.find(({ step }) => step === name);
    assert.ok(found, name);
    return found;
  };

  it("switches the machine on, softly off, and reboots it", async () => {
    await power.setPowerState(task(), "power on");
    assert.equal(await power.getPowerState(task()), "power on");
    await power.setPowerState(task(), "soft power off");
    assert.equal(await power.getPowerState(task()), "power off");
    await power.setPowerState(task(), "rebooting");
    assert.equal(await power.getPowerState(task()), "power on");
  });

  it("refuses a certificate that it does not know, and names the remedy", async () => {
    const stranger = task({ driver_info: { ...emulator.driverInfo, redfish_verify_ca: true } });
    await assert.rejects(power.getPowerState(stranger), /no TLS connection: .*redfish_verify_ca/);
    const trusting = task({ driver_info: { ...emulator.driverInfo, redfish_verify_ca: false } });
    assert.equal(await power.getPowerState(trusting), "power on");
  });

  it("names a wrong password, and never shows it", async () => {
    const wrong = task({ driver_info: { ...emulator.driverInfo, redfish_password: "not-the-word" } });
    await assert.rejects(power.getPowerState(wrong), /401.*redfish_username/);
    assert.ok(!JSON.stringify(seen).includes("not-the-word"));
  });

  it("sets boot device and boot mode", async () => {
    assert.ok((await management.supportedBootDevices(task())).includes("pxe"));
    for (const device of ["pxe", "disk", "cdrom"]) {
      await management.setBootDevice(task(), device, true);
      assert.equal((await management.getBootDevice(task())).boot_device, device);
    }
    for (const mode of ["bios", "uefi"] as const) {
      await power.setPowerState(task(), "power off");
      await management.setBootMode(task(), mode);
      assert.equal(await management.getBootMode(task()), mode);
    }
  });

  it("switches secure boot and the machine's light", async () => {
    await management.setSecureBoot(task(), true);
    assert.equal(await management.getSecureBoot(task()), true);
    await management.setSecureBoot(task(), false);
    const lights = await management.supportedIndicators(task());
    const [component, names] = Object.entries(lights)[0] ?? [];
    const [name] = Object.keys(names ?? {});
    assert.ok(component && name, JSON.stringify(lights));
    await management.setIndicatorState(task(), component, name, "blinking");
    assert.equal(await management.getIndicatorState(task(), component, name), "blinking");
  });

  it("reads the sensors", async () => {
    const readings = await management.readSensors(task());
    assert.ok(
      readings.some(({ kind, value }) => kind === "temperature" && Number(value) > 0),
      JSON.stringify(readings),
    );
    assert.ok(readings.some(({ kind }) => kind === "fan"));
    assert.equal(new Set(readings.map(({ name }) => name)).size, readings.length);
  });

  it("applies BIOS settings with a restart, and resets them", async () => {
    const one = bios.make(services);
    const apply = stepOf(one, "apply_configuration");
    const given = task();
    const settings = [{ name: "ProcTurboMode", value: "Disabled" }];
    assert.equal(await apply.run(given, { settings }), "wait");
    assert.ok(given.node.driver_internal_info[HARDWARE_WORK]);
    assert.equal(await apply.poll?.(given), "done");
    assert.equal(kept.bios.find(({ name }) => name === "ProcTurboMode")?.value, "Disabled");
    assert.equal(await apply.run(task(), { settings }), "done", "nothing to change");
    await assert.rejects(apply.run(task(), { settings: [{ name: "NoSuch", value: "1" }] }), /no BIOS setting NoSuch/);
    const reset = stepOf(one, "factory_reset");
    const again = task();
    assert.equal(await reset.run(again, {}), "wait");
    assert.equal(await reset.poll?.(again), "done");
    assert.equal(kept.bios.find(({ name }) => name === "ProcTurboMode")?.value, "Enabled");
  });

  it("creates a volume", async () => {
    const one = raid.make(services);
    const target = { logical_disks: [{ size_gb: 50, raid_level: "1", is_root_volume: true }] };
    const given = task({ node: { target_raid_config: target } });
    assert.equal(await stepOf(one, "create_configuration").run(given, {}), "done");
    const [disk] = given.node.raid_config.logical_disks as readonly JsonObject[];
    assert.deepEqual(disk?.physical_disks, ["d1", "d2"]);
  });

  it("inspects the machine", async () => {
    const given = task();
    assert.equal(await inspect.make(services).inspectHardware(given), "done");
    const { memory_mb, cpu_arch, local_gb } = given.node.properties;
    assert.deepEqual({ memory_mb, cpu_arch, local_gb }, { memory_mb: 8192, cpu_arch: "x86_64", local_gb: 100 });
    assert.deepEqual(made, ["00:5c:52:31:3a:9c"]);
    assert.match(JSON.stringify(inventories[0]?.interfaces), /"mac_address":"00:5c:52:31:3a:9c"/);
  });

  it("attaches and detaches virtual media", async () => {
    const before = await management.getVirtualMedia(task());
    assert.ok(
      before.some(({ inserted }) => inserted === false),
      JSON.stringify(before),
    );
    await management.detachVirtualMedia(task(), null);
  });

  it("reads firmware versions, and updates the BIOS by a task", async () => {
    const one = firmware.make(services);
    await one.cacheComponents?.(task());
    const version = (name: string) => kept.firmware.find(({ component }) => component === name)?.current_version;
    assert.equal(version("bios"), "1.0.0");
    assert.ok(version("bmc"));
    const update = stepOf(one, "update");
    const given = task();
    const settings = [{ component: "bios", url: "http://127.0.0.1/firmware.bin" }];
    assert.equal(await update.run(given, { settings }), "wait");
    assert.equal(await update.poll?.(given), "done");
    assert.equal(version("bios"), "1.1.0");
  });

  it("says what this BMC does not have", async () => {
    const methods = vendor.make(services).methods ?? {};
    await assert.rejects(async () => methods.get_all_subscriptions?.run(task(), {}), /no event service/);
    const keys = stepOf(management, "clear_secure_boot_keys");
    await assert.rejects(keys.run(task(), {}), /SecureBoot/);
  });
});
