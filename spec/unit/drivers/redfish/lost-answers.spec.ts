/** Outward actions of the Redfish interfaces over a line that gets cut, against a virtual server that really acts. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { JsonObject } from "../../../../common/json.ts";
import type { Interface, PowerInterface } from "../../../../drivers/base/interfaces.ts";
import { hardwareWork } from "../../../../drivers/base/steps.ts";
import { redfishAccess } from "../../../../drivers/redfish/access.ts";
import bios from "../../../../drivers/redfish/bios.ts";
import firmware from "../../../../drivers/redfish/firmware.ts";
import { RedfishManagement } from "../../../../drivers/redfish/management.ts";
import { redfishPower } from "../../../../drivers/redfish/power.ts";
import raid from "../../../../drivers/redfish/raid.ts";
import vendor from "../../../../drivers/redfish/vendor.ts";
import type { Machine } from "../../../../tools/simulator/machine.ts";
import { Simulator } from "../../../../tools/simulator/simulator.ts";
import { CuttingProxy } from "../../../support/cutting-proxy.ts";
import { type TestServices, type TestTask, testServices, testTask } from "../../../support/driver-task.ts";

const LOGIN = { username: "admin", password: "password" };
const ISO = "http://127.0.0.1:9/boot.iso";
const FIRMWARE = "http://127.0.0.1:9/bios-9.9.9.bin";
/** Whether the machine is on before, what is done, and by what one sees it. */
type Action = readonly [on: boolean, act: () => Promise<unknown>, seen: () => unknown, expected: unknown];

describe("Redfish actions whose answer gets lost", function () {
  this.timeout(20_000);
  let simulator: Simulator;
  let machine: Machine;
  let proxy: CuttingProxy;
  let services: TestServices;
  let power: PowerInterface;
  let management: RedfishManagement;
  /** For the next change that is asked for, and the lines of all that came through. */
  let next: "before" | "after" | null;
  const sent: string[] = [];

  beforeEach(async () => {
    const timing = { firmwareMs: 1, shutdownMs: 1 };
    simulator = await Simulator.start({ machines: 1, faces: ["redfish"], world: { logins: [LOGIN], timing } });
    machine = simulator.machines[0] as Machine;
    sent.length = 0;
    next = null;
    proxy = await CuttingProxy.start(simulator.places[0]?.redfishPort ?? 0, (bytes) => {
      const [line = ""] = bytes.toString("latin1").split(" HTTP/", 1);
      if (!/^(POST|PATCH|DELETE) /.test(line) || line.includes("/Sessions")) return null;
      const cut = next;
      next = null;
      if (cut !== "before") sent.push(line);
      return cut;
    });
    const base = testServices();
    // Each pause lets the machine do what it was told a moment ago.
    const sleep = (ms: number, signal: AbortSignal) => base.sleep(ms, signal).then(() => pause(20));
    services = { ...base, sleep };
    power = redfishPower(services);
    management = new RedfishManagement(services);
  });
  afterEach(async () => {
    await redfishAccess(services).close();
    await proxy[Symbol.asyncDispose]();
    await simulator.stop();
  });

  function task(node: JsonObject = {}): TestTask {
    const driver_info = {
      redfish_address: `http://127.0.0.1:${proxy.port}`,
      redfish_username: LOGIN.username,
      redfish_password: LOGIN.password,
    };
    const made = testTask({ driver_info, node: { clean_step: {}, deploy_step: {}, service_step: {}, ...node } });
    return Object.defineProperty(made, "driver", { value: { ...made.driver, power, deploy: {} } });
  }
  const stepOf = (one: Interface, name: string) => {
    const found = one.steps?.find(({ step }) => step === name);
    assert.ok(found, name);
    return found;
  };

  const ACTIONS: Readonly<Record<string, () => Action>> = {
    "power on": () => [false, () => power.setPowerState(task(), "power on"), () => machine.isOn, true],
    "power off": () => [true, () => power.setPowerState(task(), "power off"), () => machine.isOn, false],
    "soft power off": () => [true, () => power.setPowerState(task(), "soft power off"), () => machine.isOn, false],
    "boot device": () => [
      false,
      () => management.setBootDevice(task(), "cdrom", false),
      () => [machine.boot.target, machine.boot.enabled],
      ["Cd", "Once"],
    ],
    "boot mode": () => [false, () => management.setBootMode(task(), "bios"), () => machine.isUefi, false],
    "secure boot": () => [
      false,
      () => management.setSecureBoot(task(), true),
      () => management.getSecureBoot(task()),
      true,
    ],
    "a light": () => [
      false,
      () => management.setIndicatorState(task(), "system", "1", "on"),
      () => management.getIndicatorState(task(), "system", "1"),
      "on",
    ],
    "a medium inserted": () => [
      false,
      () => management.attachVirtualMedia(task(), "cdrom", ISO),
      () => machine.media,
      ISO,
    ],
    "a medium ejected": () => [
      false,
      async () => {
        const cut = next;
        next = null;
        await management.attachVirtualMedia(task(), "cdrom", ISO);
        [next, sent.length] = [cut, 0];
        await management.detachVirtualMedia(task(), null);
      },
      () => machine.media,
      null,
    ],
    "BIOS settings": () => [
      false,
      () => stepOf(bios.make(services), "apply_configuration").run(task(), settings({ BootMode: "LegacyBios" })),
      () => sent.filter((line) => line.startsWith("PATCH")).length,
      1,
    ],
    "a subscription": () => [
      false,
      () => Promise.resolve(subscribe()),
      async () => ((await listed()).Members as readonly unknown[]).length,
      1,
    ],
  };
  const settings = (values: JsonObject) => ({
    settings: Object.entries(values).map(([name, value]) => ({ name, value })),
  });
  const methods = () => vendor.make(services).methods ?? {};
  const subscribe = async () => methods().create_subscription?.run(task(), { Destination: "http://127.0.0.1:9/" });
  const listed = async () => (await methods().get_all_subscriptions?.run(task(), {})) as JsonObject;

  for (const [name, action] of Object.entries(ACTIONS))
    for (const cut of ["before", "after"] as const)
      it(`${name}: cut ${cut} the BMC acts, it is done, and once`, async () => {
        const [on, act, seen, expected] = action();
        machine.isOn = on;
        next = cut;
        await act();
        assert.deepEqual(await seen(), expected);
        assert.equal(proxy.cuts, 1);
        const changes = sent.filter((line) => !line.endsWith("ComputerSystem.Reset") || name.includes("power"));
        assert.equal(changes.length, 1, sent.join("\n"));
      });

  for (const cut of ["before", "after"] as const) {
    it(`an NMI: cut ${cut} the BMC acts, it is not sent again, and the error says what is not known`, async () => {
      machine.isOn = true;
      next = cut;
      await assert.rejects(
        management.injectNmi(task()),
        /injecting an NMI.*answer is lost, and whether it took effect is not known: look at the machine/,
      );
      assert.equal(machine.nmis, cut === "after" ? 1 : 0);
    });

    it(`the keys of secure boot: cut ${cut} the BMC acts, they are cleared`, async () => {
      next = cut;
      await stepOf(management, "clear_secure_boot_keys").run(task(), {});
      assert.equal(sent.length, cut === "after" ? 2 : 1, "twice is as good as once");
    });

    it(`a firmware update: cut ${cut} the BMC acts, it goes on with the task that there is, or says so`, async () => {
      const update = stepOf(firmware.make(services), "update");
      const given = task();
      next = cut;
      const begun = update.run(given, { settings: [{ component: "bios", url: FIRMWARE }] });
      if (cut === "before")
        await assert.rejects(begun, /updating bios.*not known: look at the machine and at the BMC's tasks/);
      else {
        assert.equal(await begun, "wait");
        const { task: ref } = hardwareWork(given.node)?.data ?? {};
        assert.deepEqual(ref, { monitor: null, task: "/redfish/v1/TaskService/Tasks/1" });
      }
      assert.equal(sent.length, cut === "before" ? 0 : 1);
    });

    for (const size_gb of ["MAX", 50])
      it(`a volume of ${size_gb}: cut ${cut} the BMC acts, there is one, or it says that nobody knows`, async () => {
        const target_raid_config = { logical_disks: [{ size_gb, raid_level: "1", is_root_volume: true }] };
        next = cut;
        const begun = stepOf(raid.make(services), "create_configuration").run(task({ target_raid_config }), {});
        const isUnknown = cut === "before" && size_gb !== "MAX";
        if (isUnknown) await assert.rejects(begun, /creating a volume.*whether it took effect is not known/);
        else await begun;
        assert.equal(sent.filter((line) => line.endsWith("/Volumes")).length, isUnknown ? 0 : 1);
      });
  }

  it("makes sure of the lock before it sends again", async () => {
    const lost = Object.assign(new Error("the lock is lost"), { checks: 0 });
    const given = Object.defineProperty(task(), "ensureLock", {
      value: async () => {
        if (++lost.checks > 1) throw lost;
      },
    });
    next = "before";
    await assert.rejects(power.setPowerState(given, "power on"), /the lock is lost/);
    assert.deepEqual([lost.checks, sent.length, machine.isOn], [2, 0, false]);
  });

  it("a button whose second press may undo the first is pressed once", async () => {
    machine.isOn = true;
    const access = redfishAccess(services);
    next = "before";
    await assert.rejects(
      access.system(task(), "pressing the button", (system) => system.reset("PushPowerButton")),
      /not known/,
    );
    next = "after";
    await access.system(task(), "pressing the button", (system) => system.reset("PushPowerButton"));
    assert.deepEqual([machine.isOn, sent.length], [false, 1]);
  });
});
