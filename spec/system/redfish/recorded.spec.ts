/**
 * Readers of the redfish interfaces over recorded resources: DMTF's mock-up with pieces of Lenovo, Nokia and ZT machines (of
 * sushy), and a Dell PowerEdge R640 (of sushy-oem-idrac). They are not whole: what is missing must be borne.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "../../../common/json.ts";
import type { NewBiosSetting, NewFirmwareComponent } from "../../../common/objects/node-parts.ts";
import idracManagement from "../../../drivers/idrac/management.ts";
import { redfishAccess } from "../../../drivers/redfish/access.ts";
import bios from "../../../drivers/redfish/bios.ts";
import { messagesOf } from "../../../drivers/redfish/client/messages.ts";
import { taskProgress } from "../../../drivers/redfish/client/tasks.ts";
import firmware from "../../../drivers/redfish/firmware.ts";
import { readInventory } from "../../../drivers/redfish/inventory.ts";
import { RedfishManagement } from "../../../drivers/redfish/management.ts";
import { redfishPower } from "../../../drivers/redfish/power.ts";
import { controllersOf } from "../../../drivers/redfish/raid-inventory.ts";
import { type TestServices, testServices, testTask } from "../../support/driver-task.ts";
import { answering, TestBmc, where } from "../../support/redfish-bmc.ts";
import { redfishPrograms } from "../../support/redfish-programs.ts";

const SAMPLES = { dmtf: "sushy/tests/unit/json_samples", dell: "sushy_oem_idrac/tests/unit/json_samples" } as const;

describe("redfish over recorded resources", function () {
  this.timeout(600_000);
  let packages: string;
  let bmc: TestBmc;
  let services: TestServices;
  const kept = { bios: [] as readonly NewBiosSetting[], firmware: [] as readonly NewFirmwareComponent[] };
  const task = (system: string) => testTask({ driver_info: bmc.driverInfo({ redfish_system_id: system }) });

  before(async () => {
    ({ packages } = await redfishPrograms());
  });
  afterEach(async () => {
    await redfishAccess(services).close();
    await bmc[Symbol.asyncDispose]();
  });

  function documents(from: keyof typeof SAMPLES): ReadonlyMap<string, JsonObject> {
    const folder = join(packages, SAMPLES[from]);
    const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
    const read = files.map((name): [string, unknown] => [name, JSON.parse(readFileSync(join(folder, name), "utf8"))]);
    return new Map(read.filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1])));
  }

  /** The BMC serves them by their own paths; of several for one path that which is named. */
  async function serve(from: keyof typeof SAMPLES, preferred: readonly string[] = []): Promise<void> {
    bmc = await TestBmc.start();
    for (const path of [...bmc.resources.keys()]) if (path !== "/redfish/v1/") bmc.resources.delete(path);
    const all = documents(from);
    const order = [...preferred, ...all.keys()];
    const taken = new Set<string>();
    for (const name of order) {
      const json = all.get(name);
      const path = json?.["@odata.id"];
      if (json === undefined || typeof path !== "string" || taken.has(path)) continue;
      taken.add(path);
      const isRoot = /^\/redfish\/v1\/?$/.test(path);
      if (isRoot) bmc.change("/redfish/v1/", { ...json, Links: {} });
      else bmc.resources.set(path, json);
    }
    services = {
      ...testServices({ redfish: { connection_attempts: 1 } }),
      kept: {
        biosSettings: async () => [],
        keepBiosSettings: async (_, settings) => void Object.assign(kept, { bios: settings }),
        keepFirmware: async (_, components) => void Object.assign(kept, { firmware: components }),
      },
    };
  }

  describe("DMTF's mock-up", () => {
    const SYSTEM = "/redfish/v1/Systems/437XR1138R2";

    it("is read by every reader", async () => {
      await serve("dmtf", ["root.json", "manager.json", "storage_collection.json", "updateservice.json"]);
      const management = new RedfishManagement(services);
      assert.equal(await redfishPower(services).getPowerState(task(SYSTEM)), "power on");
      assert.deepEqual(await management.getBootDevice(task(SYSTEM)), { boot_device: "pxe", persistent: false });
      assert.equal(await management.getBootMode(task(SYSTEM)), "uefi");
      assert.equal(await management.getSecureBoot(task(SYSTEM)), false);
      assert.ok((await management.supportedBootDevices(task(SYSTEM))).includes("uefihttp"));
      assert.ok((await management.supportedIndicators(task(SYSTEM))).system);
      const media = await management.getVirtualMedia(task(SYSTEM));
      assert.ok(media.length > 0, JSON.stringify(media));
    });

    it("has an inventory, BIOS settings with their registry, firmware and a controller", async () => {
      await serve("dmtf", [
        "root.json",
        "manager.json",
        "storage_collection.json",
        "message_registry_file_collection.json",
      ]);
      const found = await redfishAccess(services).system(task(SYSTEM), "reading", readInventory);
      assert.deepEqual([found.memoryMb, found.architecture], [98304, "x86_64"]);
      assert.ok(found.macs.includes("12:44:6a:3b:04:11"), found.macs.join());
      assert.ok(Number(found.localGb) > 0);
      // The recorded system refers to it by another name than it has itself.
      bmc.change(SYSTEM, { Bios: { "@odata.id": `${SYSTEM}/BIOS` } });
      await bios.make(services).cacheSettings?.(task(SYSTEM));
      assert.ok(kept.bios.length > 5);
      await firmware.make(services).cacheComponents?.(task(SYSTEM));
      assert.ok(
        kept.firmware.some(({ component }) => component === "bios"),
        JSON.stringify(kept.firmware),
      );
      const [controller] = await redfishAccess(services).system(task(SYSTEM), "reading", controllersOf);
      assert.ok((controller?.drives.length ?? 0) > 0);
    });

    it("has sensors of the old schemas", async () => {
      await serve("dmtf", ["root.json", "chassis.json"]);
      const chassis = "/redfish/v1/Chassis/Blade1";
      bmc.change(SYSTEM, { Links: { Chassis: [{ "@odata.id": chassis }] } });
      bmc.change(chassis, {
        Thermal: { "@odata.id": `${chassis}/Thermal` },
        Power: { "@odata.id": "/redfish/v1/Chassis/MultiBladeEncl/Power" },
      });
      const readings = await new RedfishManagement(services).readSensors(task(SYSTEM));
      for (const kind of ["temperature", "fan", "power"])
        assert.ok(
          readings.some((one) => one.kind === kind),
          kind,
        );
    });

    it("has tasks", async () => {
      await serve("dmtf", ["root.json"]);
      const progress = await redfishAccess(services).bmc(task(SYSTEM), "asking", (calls) =>
        taskProgress(calls, { monitor: null, task: "/redfish/v1/TaskService/Tasks/545" }),
      );
      assert.equal(progress.state, "done");
    });

    it("has errors with words", async () => {
      await serve("dmtf", ["root.json"]);
      const errors = [...documents("dmtf")].filter(([, json]) => isJsonObject(json.error));
      assert.ok(errors.length > 5);
      for (const [name, json] of errors) assert.ok((messagesOf(json)[0]?.text ?? "").length > 5, name);
    });
  });

  describe("a Dell PowerEdge R640", () => {
    const SYSTEM = "/redfish/v1/Systems/System.Embedded.1";
    const JOBS = "/redfish/v1/Dell/Managers/iDRAC.Embedded.1/DellJobService/Actions/DellJobService.DeleteJobQueue";

    it("is read as far as it is recorded", async () => {
      await serve("dell");
      const management = new RedfishManagement(services);
      assert.equal(await redfishPower(services).getPowerState(task(SYSTEM)), "power on");
      assert.deepEqual(await management.getBootDevice(task(SYSTEM)), { boot_device: null, persistent: null });
      assert.equal(await management.getBootMode(task(SYSTEM)), "uefi");
      const seen = await redfishAccess(services).system(task(SYSTEM), "reading", async ({ vendor, quirks }) => ({
        vendor,
        attribute: quirks.bootModeAttribute?.name,
      }));
      assert.deepEqual(seen, { vendor: "dell", attribute: "BootMode" });
      const found = await redfishAccess(services).system(task(SYSTEM), "reading", readInventory);
      assert.ok(Number(found.memoryMb) > 0);
    });

    it("is told to clear its job queue where it has it", async () => {
      await serve("dell");
      bmc.on(where(({ method }) => method === "POST", answering(200)));
      const step = idracManagement.make(services).steps?.find((one) => one.step === "clear_job_queue");
      await step?.run(task(SYSTEM), {});
      const asked = bmc.seen.find(({ path }) => path === JOBS);
      assert.deepEqual(asked?.body, { JobID: "JID_CLEARALL" });
    });
  });
});
