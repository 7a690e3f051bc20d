/** RAID by Redfish: which drives make which volume, and changes that take their time or wait for a restart. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import { hardwareWork } from "../../../../drivers/base/steps.ts";
import { redfishAccess } from "../../../../drivers/redfish/access.ts";
import raid from "../../../../drivers/redfish/raid.ts";
import { type ControllerFacts, planVolumes } from "../../../../drivers/redfish/raid-plan.ts";
import { type TestServices, type TestTask, testServices, testTask } from "../../../support/driver-task.ts";
import { answering, TestBmc, where } from "../../../support/redfish-bmc.ts";

const GIB = 1024 ** 3;
const drive = (id: string, gib: number, media = "SSD", used = false) => ({
  ...{ path: `/d/${id}`, id, name: null, bytes: gib * GIB, media, protocol: "SAS", used },
});
const controller = (...drives: ControllerFacts["drives"]): ControllerFacts => ({
  id: "c1",
  name: "One",
  volumes: "/c1/Volumes",
  drives,
});

describe("plan of volumes", () => {
  const planned = (disks: readonly JsonObject[], ...drives: ControllerFacts["drives"]) =>
    planVolumes(disks, [controller(...drives)]).map(({ shown }) => [shown.physical_disks, shown.size_gb]);

  it("takes as few drives of one kind as will do, and leaves those in use", () => {
    const drives = [
      drive("a", 100, "SSD", true),
      drive("b", 100),
      drive("c", 100),
      drive("d", 400, "HDD"),
      drive("e", 100),
    ];
    assert.deepEqual(planned([{ raid_level: "1", size_gb: 80 }], ...drives), [[["b", "c"], 80]]);
    assert.deepEqual(planned([{ raid_level: "0", size_gb: 250 }], ...drives), [[["d"], 250]]);
    assert.deepEqual(planned([{ raid_level: "5", size_gb: "MAX" }], ...drives), [[["b", "c", "e"], 200]]);
  });

  it("gives named drives to whom they are named for", () => {
    const disks = [
      { raid_level: "0", size_gb: 50 },
      { raid_level: "0", size_gb: 50, physical_disks: ["a"] },
    ];
    assert.deepEqual(planned(disks, drive("a", 100), drive("b", 100)), [
      [["b"], 50],
      [["a"], 50],
    ]);
  });

  it("says which logical disk finds none", () => {
    const refused = (disk: JsonObject, expected: RegExp) =>
      assert.throws(() => planned([disk], drive("a", 100)), expected);
    refused({ raid_level: "5", size_gb: 10 }, /Logical disk 1 \(raid_level 5\) finds no drives .*c1 \(1 drives\)/);
    refused({ raid_level: "7", size_gb: 10 }, /raid_level "7"; use one of 0, 1, 5/);
    refused({ raid_level: "0", size_gb: "big" }, /size_gb "big"; expected a number of GiB or "MAX"/);
    refused({ raid_level: "0", size_gb: 10, disk_type: "hdd" }, /finds no drives/);
  });
});

describe("RAID by Redfish", () => {
  const SYSTEM = "/redfish/v1/Systems/1";
  const STORAGE = `${SYSTEM}/Storage/1`;
  const VOLUMES = `${STORAGE}/Volumes`;
  const TASK = "/redfish/v1/TaskService/Tasks/9";
  let bmc: TestBmc;
  let services: TestServices;
  const switched: string[] = [];

  const step = (name: string) => {
    const found = raid.make(services).steps?.find((one) => one.step === name);
    assert.ok(found?.poll, name);
    return { run: found.run, poll: found.poll };
  };
  function task(): TestTask {
    const target_raid_config = {
      logical_disks: [{ raid_level: "1", size_gb: 50, volume_name: "os", is_root_volume: true }],
    };
    const node = { clean_step: {}, deploy_step: {}, service_step: {}, target_raid_config };
    const made = testTask({ driver_info: bmc.driverInfo(), node });
    const power = {
      getPowerState: async () => "power on",
      setPowerState: async (_: unknown, to: string) => void switched.push(to),
    };
    return Object.defineProperty(made, "driver", { value: { ...made.driver, power, deploy: {} } });
  }
  const links = (...paths: readonly string[]) => paths.map((path) => ({ "@odata.id": path }));

  beforeEach(async () => {
    bmc = await TestBmc.start();
    switched.length = 0;
    services = testServices({ redfish: { connection_attempts: 1, read_timeout: 2 } });
    bmc.change(SYSTEM, { Storage: { "@odata.id": `${SYSTEM}/Storage` } });
    bmc.resources.set(`${SYSTEM}/Storage`, { Members: links(STORAGE) });
    const drives = ["d1", "d2"].map((id) => `${STORAGE}/Drives/${id}`);
    bmc.resources.set(STORAGE, {
      "@odata.id": STORAGE,
      Id: "1",
      Drives: links(...drives),
      Volumes: { "@odata.id": VOLUMES },
    });
    for (const path of drives)
      bmc.resources.set(path, {
        "@odata.id": path,
        Id: path.slice(-2),
        CapacityBytes: 100 * GIB,
        MediaType: "SSD",
        Protocol: "SAS",
      });
    bmc.resources.set(VOLUMES, { Members: links(`${VOLUMES}/old`) });
    bmc.resources.set(`${VOLUMES}/old`, { "@odata.id": `${VOLUMES}/old`, Links: { Drives: links(...drives) } });
    bmc.resources.set(TASK, { "@odata.id": TASK, TaskState: "Running" });
    bmc.on(where(({ method, path }) => method === "DELETE" && path.startsWith(VOLUMES), answering(204, null)));
    const accepted = answering(202, null, { Location: TASK });
    bmc.on(where(({ method, path }) => method === "POST" && path === VOLUMES, accepted));
  });
  afterEach(async () => {
    await redfishAccess(services).close();
    await bmc[Symbol.asyncDispose]();
  });

  it("deletes what is there, creates what is wanted, and waits for the controller", async () => {
    const { run, poll } = step("create_configuration");
    const given = task();
    assert.equal(await run(given, { delete_existing: true }), "wait");
    assert.deepEqual(bmc.asked("DELETE"), [`DELETE ${VOLUMES}/old`]);
    const body = bmc.seen.find(({ method, path }) => method === "POST" && path === VOLUMES)?.body;
    assert.equal(body?.RAIDType, "RAID1");
    assert.equal(body?.CapacityBytes, 50 * GIB);
    assert.equal(await poll(given), "wait");
    bmc.change(TASK, { TaskState: "Completed" });
    assert.equal(await poll(given), "done");
    assert.match(JSON.stringify(given.node.raid_config), /"volume_name":"os".*"physical_disks":\["d1","d2"\]/);
    assert.deepEqual(switched, []);
  });

  it("finds no room without delete_existing, and says so", async () => {
    await assert.rejects(step("create_configuration").run(task(), {}), /finds no drives that fit and are free/);
  });

  it("restarts the machine where changes wait for that", async () => {
    bmc.change(VOLUMES, { "@Redfish.OperationApplyTimeSupport": { SupportedValues: ["OnReset"] } });
    const { run, poll } = step("create_configuration");
    const given = task();
    assert.equal(await run(given, { delete_existing: true }), "wait");
    assert.deepEqual(switched, ["rebooting"]);
    assert.equal(await poll(given), "wait");
    bmc.change(TASK, { TaskState: "Completed" });
    assert.equal(await poll(given), "done");
  });

  it("tells the controller's own reason for a failure", async () => {
    const { run, poll } = step("create_configuration");
    const given = task();
    await run(given, { delete_existing: true });
    bmc.change(TASK, {
      TaskState: "Exception",
      TaskStatus: "Critical",
      Messages: [{ Message: "A drive has a foreign configuration." }],
    });
    await assert.rejects(
      async () => poll(given),
      /changing volumes: the BMC says: A drive has a foreign configuration/,
    );
  });

  it("deletes all volumes, and has nothing to do without any", async () => {
    const given = task();
    assert.equal(await step("delete_configuration").run(given, {}), "done");
    assert.deepEqual(given.node.raid_config, {});
    bmc.resources.set(VOLUMES, { Members: [] });
    assert.equal(await step("delete_configuration").run(task(), {}), "done");
    assert.equal(hardwareWork(given.node), null);
    assert.equal(bmc.asked("DELETE").length, 1);
  });
});
