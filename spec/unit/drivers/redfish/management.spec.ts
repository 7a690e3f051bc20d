/** Management by Redfish where BMCs differ: quirks, lights of both kinds, keys, the clock, media, sensors, subscriptions. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import { redfishAccess } from "../../../../drivers/redfish/access.ts";
import { RedfishManagement } from "../../../../drivers/redfish/management.ts";
import { redfishVendor } from "../../../../drivers/redfish/vendor.ts";
import { type TestServices, testServices, testTask } from "../../../support/driver-task.ts";
import { answering, TestBmc, where } from "../../../support/redfish-bmc.ts";

const SYSTEM = "/redfish/v1/Systems/1";
const CHASSIS = "/redfish/v1/Chassis/1";
const MANAGER = "/redfish/v1/Managers/1";
const NOW = Date.parse("2026-06-01T12:00:00Z");

describe("management by Redfish", () => {
  let bmc: TestBmc;
  let services: TestServices;
  let management: RedfishManagement;
  const task = () => testTask({ driver_info: bmc.driverInfo() });
  const changes = () => bmc.seen.filter(({ method }) => method === "PATCH").map(({ path, body }) => [path, body]);
  const actions = () =>
    bmc.seen
      .filter(({ method, path }) => method === "POST" && path.includes("Actions"))
      .map(({ path, body }) => [path, body]);
  const step = (name: string) => {
    const found = management.steps.find((one) => one.step === name);
    assert.ok(found, name);
    return found;
  };

  beforeEach(async () => {
    bmc = await TestBmc.start();
    bmc.on(where(({ method, path }) => method === "POST" && path.includes("Actions"), answering(204, null)));
    services = {
      ...testServices({ redfish: { connection_attempts: 1, read_timeout: 2, enable_verify_bmc_clock: true } }),
      clock: () => NOW,
    };
    management = new RedfishManagement(services);
  });
  afterEach(async () => {
    await redfishAccess(services).close();
    await bmc[Symbol.asyncDispose]();
  });

  describe("boot source", () => {
    it("is set once or for good, and the mode left alone", async () => {
      await management.setBootDevice(task(), "pxe", false);
      assert.deepEqual(changes(), [
        [SYSTEM, { Boot: { BootSourceOverrideTarget: "Pxe", BootSourceOverrideEnabled: "Once" } }],
      ]);
      assert.deepEqual(await management.getBootDevice(task()), { boot_device: "pxe", persistent: false });
    });

    it("has what the quirks say of a Supermicro: the mode with it, virtual media as USB", async () => {
      bmc.change(SYSTEM, { Manufacturer: "Supermicro", Model: "SYS-1029-X11DPU" });
      await management.setBootDevice(task(), "cdrom", true);
      const Boot = {
        BootSourceOverrideTarget: "UsbCd",
        BootSourceOverrideEnabled: "Continuous",
        BootSourceOverrideMode: "UEFI",
      };
      assert.deepEqual(changes(), [[SYSTEM, { Boot }]]);
      assert.equal((await management.getBootDevice(task())).boot_device, "cdrom");
    });

    it("is one that the BMC takes, or is refused by name", async () => {
      bmc.change(SYSTEM, { Boot: { "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "Hdd"] } });
      assert.deepEqual(await management.supportedBootDevices(task()), ["pxe", "disk"]);
      await assert.rejects(
        management.setBootDevice(task(), "cdrom", false),
        /"cdrom" is not supported; use one of: pxe, disk/,
      );
    });

    it("is set once where the BMC does not know for good", async () => {
      const isForGood = ({ body }: { body: JsonObject | null }) => JSON.stringify(body ?? {}).includes("Continuous");
      bmc.on(where(isForGood, answering(400)));
      await management.setBootDevice(task(), "disk", true);
      assert.equal((await management.getBootDevice(task())).persistent, false);
    });
  });

  it("keeps the boot mode of a Dell in its BIOS attribute", async () => {
    bmc.change("/redfish/v1/", { Oem: { Dell: {} } });
    bmc.change(SYSTEM, { Bios: { "@odata.id": `${SYSTEM}/Bios` } });
    const settings = { SettingsObject: { "@odata.id": `${SYSTEM}/Bios/Settings` }, SupportedApplyTimes: ["OnReset"] };
    bmc.resources.set(`${SYSTEM}/Bios`, {
      "@odata.id": `${SYSTEM}/Bios`,
      Attributes: { BootMode: "Bios" },
      "@Redfish.Settings": settings,
    });
    bmc.resources.set(`${SYSTEM}/Bios/Settings`, { "@odata.id": `${SYSTEM}/Bios/Settings` });
    assert.equal(await management.getBootMode(task()), "bios");
    await management.setBootMode(task(), "uefi");
    const body = { Attributes: { BootMode: "Uefi" }, "@Redfish.SettingsApplyTime": { ApplyTime: "OnReset" } };
    assert.deepEqual(changes(), [[`${SYSTEM}/Bios/Settings`, body]]);
  });

  it("injects an NMI", async () => {
    await management.injectNmi(task());
    assert.deepEqual(actions(), [[`${SYSTEM}/Actions/ComputerSystem.Reset`, { ResetType: "Nmi" }]]);
  });

  it("switches lights of the old kind and of the new", async () => {
    bmc.change(SYSTEM, { IndicatorLED: "Off" });
    bmc.change(CHASSIS, { LocationIndicatorActive: true });
    const lights = await management.supportedIndicators(task());
    assert.deepEqual(lights.system?.["1"]?.states, ["blinking", "off", "on"]);
    assert.deepEqual(lights.chassis?.["1"]?.states, ["off", "on"]);
    assert.equal(await management.getIndicatorState(task(), "chassis", "1"), "on");
    await management.setIndicatorState(task(), "chassis", "1", "off");
    await management.setIndicatorState(task(), "system", "1", "blinking");
    assert.deepEqual(changes(), [
      [CHASSIS, { LocationIndicatorActive: false }],
      [SYSTEM, { IndicatorLED: "Blinking" }],
    ]);
    await assert.rejects(
      management.getIndicatorState(task(), "disk", "7"),
      /no indicator "7" of component "disk"; there are: none/,
    );
  });

  it("resets and clears secure boot keys", async () => {
    const target = `${SYSTEM}/SecureBoot/Actions/SecureBoot.ResetKeys`;
    bmc.change(SYSTEM, { SecureBoot: { "@odata.id": `${SYSTEM}/SecureBoot` } });
    bmc.resources.set(`${SYSTEM}/SecureBoot`, { Actions: { "#SecureBoot.ResetKeys": { target } } });
    await step("reset_secure_boot_keys_to_default").run(task(), {});
    await step("clear_secure_boot_keys").run(task(), {});
    assert.deepEqual(actions(), [
      [target, { ResetKeysType: "ResetAllKeysToDefault" }],
      [target, { ResetKeysType: "DeleteAllKeys" }],
    ]);
  });

  it("says how wrong the BMC's clock is, and sets it", async () => {
    bmc.change(MANAGER, { DateTime: "2026-06-01T12:10:00Z" });
    await assert.rejects(
      step("verify_bmc_clock").run(task(), {}),
      /shows 2026-06-01T12:10:00Z, 600 s fast: set it with .*set_bmc_clock/,
    );
    await step("set_bmc_clock").run(task(), { datetime_local_offset: "+02:00" });
    assert.deepEqual(changes(), [[MANAGER, { DateTime: "2026-06-01T14:00:00+02:00", DateTimeLocalOffset: "+02:00" }]]);
    assert.equal(await step("verify_bmc_clock").run(task(), {}), "done");
    await assert.rejects(step("set_bmc_clock").run(task(), { target_datetime: "noon" }), /target_datetime is "noon"/);
  });

  it("inserts and ejects media at the machine's managers, without what a BMC refuses", async () => {
    const drive = `${MANAGER}/VirtualMedia/Cd`;
    const act = (name: string) => ({ target: `${drive}/Actions/VirtualMedia.${name}` });
    bmc.change(MANAGER, { VirtualMedia: { "@odata.id": `${MANAGER}/VirtualMedia` } });
    bmc.resources.set(`${MANAGER}/VirtualMedia`, { Members: [{ "@odata.id": drive }] });
    bmc.resources.set(drive, {
      "@odata.id": drive,
      MediaTypes: ["CD"],
      Inserted: false,
      Actions: { "#VirtualMedia.InsertMedia": act("InsertMedia"), "#VirtualMedia.EjectMedia": act("EjectMedia") },
    });
    bmc.on(where(({ body }) => body?.WriteProtected === true, answering(400)));
    await management.attachVirtualMedia(task(), "cdrom", "http://images/a.iso");
    assert.deepEqual(actions().at(-1), [act("InsertMedia").target, { Image: "http://images/a.iso" }]);
    bmc.change(drive, { Inserted: true, Image: "http://images/a.iso" });
    assert.deepEqual(await management.getVirtualMedia(task()), [
      { media_types: ["CD"], inserted: true, image: "http://images/a.iso" },
    ]);
    await management.detachVirtualMedia(task(), ["cdrom"]);
    assert.deepEqual(actions().at(-1), [act("EjectMedia").target, {}]);
    await assert.rejects(
      management.attachVirtualMedia(task(), "floppy", "http://images/a.img"),
      /no virtual media drive for Floppy/,
    );
  });

  it("reads sensors of the new schema and of the old, whatever types they come in", async () => {
    const sensor = {
      "@odata.id": `${CHASSIS}/Sensors/1`,
      Name: "Inlet",
      ReadingType: "Temperature",
      Reading: "21.5",
      ReadingUnits: "Cel",
    };
    bmc.change(CHASSIS, {
      Sensors: { "@odata.id": `${CHASSIS}/Sensors` },
      Thermal: { "@odata.id": `${CHASSIS}/Thermal` },
    });
    bmc.resources.set(`${CHASSIS}/Sensors`, { Members: [sensor] });
    assert.deepEqual(await management.readSensors(task()), [
      { name: "Inlet", kind: "temperature", value: 21.5, unit: "Celsius", status: "ok" },
    ]);
    bmc.resources.set(`${CHASSIS}/Sensors`, { Members: [] });
    const Fans = [
      { FanName: "Fan", Reading: 4200, ReadingUnits: "RPM", Status: { Health: "OK" } },
      { Name: "Fan", Reading: null, ReadingUnits: "Percent", Status: { State: "Absent" } },
      7,
    ];
    const Temperatures = { Name: "CPU", ReadingCelsius: 95, Status: { Health: "Critical" } };
    bmc.resources.set(`${CHASSIS}/Thermal`, { Fans, Temperatures });
    assert.deepEqual(await management.readSensors(task()), [
      { name: "CPU", kind: "temperature", value: 95, unit: "Celsius", status: "critical" },
      { name: "Fan", kind: "fan", value: 4200, unit: "RPM", status: "ok" },
      { name: "Fan (2)", kind: "fan", value: null, unit: "percent", status: "unavailable" },
    ]);
  });

  it("reads the machine's health, of all its parts where it tells that", async () => {
    assert.equal(await management.getHealth(task()), null);
    bmc.change(SYSTEM, { Status: { Health: "OK" } });
    assert.equal(await management.getHealth(task()), "OK");
    bmc.change(SYSTEM, { Status: { HealthRollup: "Critical" } });
    assert.equal(await management.getHealth(task()), "Critical");
  });

  it("keeps subscriptions to the BMC's events", async () => {
    const { methods = {} } = redfishVendor(services);
    const all = "/redfish/v1/EventService/Subscriptions";
    bmc.change("/redfish/v1/", { EventService: { "@odata.id": "/redfish/v1/EventService" } });
    bmc.resources.set("/redfish/v1/EventService", { Subscriptions: { "@odata.id": all } });
    bmc.resources.set(`${all}/3`, { "@odata.id": `${all}/3`, Id: "3", Destination: "https://here/", Extra: 1 });
    bmc.on(
      where(({ method, path }) => method === "POST" && path === all, answering(201, null, { Location: `${all}/3` })),
    );
    bmc.on(where(({ method, path }) => method === "DELETE" && path === `${all}/3`, answering(204, null)));
    const shown = { Id: "3", Context: null, Protocol: null, Destination: "https://here/", EventTypes: null };
    assert.deepEqual(await methods.create_subscription?.run(task(), { Destination: "https://here/" }), shown);
    assert.deepEqual(await methods.get_subscription?.run(task(), { id: "3" }), shown);
    await methods.delete_subscription?.run(task(), { id: "3" });
    assert.equal(bmc.asked("DELETE").length, 1);
    assert.throws(() => methods.create_subscription?.check?.(task(), {}), /Destination is missing/);
    assert.throws(() => methods.delete_subscription?.check?.(task(), {}), /id is missing/);
  });
});
