/** In-band inspection: how the ramdisk is booted for it, and what its findings do to node and ports. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import { MissingParameterValue } from "../../../../common/errors/request.ts";
import type { Json, JsonObject } from "../../../../common/json.ts";
import inspect from "../../../../drivers/agent/inspect.ts";
import type { RamdiskParams } from "../../../../drivers/base/interfaces.ts";
import { makeBench, port } from "./support/bench.ts";

const M1 = "52:54:00:00:00:01";
const M2 = "52:54:00:00:00:02";
const M3 = "52:54:00:00:00:03";
const CARDS = [
  { name: "eth0", mac_address: M1, ipv4_address: "10.0.0.7", has_carrier: true },
  { name: "eth1", mac_address: M2, ipv4_address: null, has_carrier: false },
  { name: "eth2", mac_address: M3.toUpperCase(), ipv4_address: null, ipv6_address: "fd00::3" },
  { name: "lo", mac_address: "00:00:00:00:00:00", ipv4_address: "127.0.0.1" },
  { name: "odd", mac_address: "zz", ipv4_address: "10.0.0.8" },
];
const INVENTORY: JsonObject = {
  interfaces: CARDS,
  cpu: { architecture: "x86_64", count: 4 },
  memory: { physical_mb: 8192 },
  boot: { current_boot_mode: "uefi", pxe_interface: M1 },
};
const PLUGIN = { root_disk: { name: "/dev/sda", size: 21 * 1024 ** 3 + 5 }, boot_interface: M1, error: null };

describe("inspect interface agent", () => {
  const make = (config: ConfigOverrides = {}) => {
    const bench = makeBench({ config });
    return { bench, driver: inspect.make(bench.services) };
  };
  const inspected = async (inventory: JsonObject = {}, plugin: JsonObject = {}, config: ConfigOverrides = {}) => {
    const { bench, driver } = make(config);
    await driver.continueInspection?.(bench.task, { ...INVENTORY, ...inventory }, { ...PLUGIN, ...plugin });
    return bench;
  };
  const portsOf = (bench: ReturnType<typeof makeBench>) => bench.ports.map((one) => [one.address, one.pxe_enabled]);
  const manageable = (bench: ReturnType<typeof makeBench>, seen: RamdiskParams[] = []) => {
    bench.driver.boot = {
      ...bench.driver.boot,
      validateInspection: async () => {},
      prepareRamdisk: async (_, params) => {
        seen.push(params);
        bench.done.push("prepare ramdisk");
      },
    };
    return seen;
  };

  describe("boots the ramdisk", () => {
    it("itself, and tells it where to post", async () => {
      const { bench, driver } = make({ inspector: { extra_kernel_params: "ipa-collect-lldp=1 quiet" } });
      const params = manageable(bench);
      bench.power = "power on";
      assert.equal(await driver.inspectHardware(bench.task), "wait");
      assert.deepEqual(bench.done, ["power off", "network addInspectionNetwork", "prepare ramdisk", "power on"]);
      assert.equal(params[0]?.["ipa-inspection-callback-url"], "http://192.0.2.1:6385/v1/continue_inspection");
      assert.equal(params[0]?.["ipa-api-url"], "http://192.0.2.1:6385");
      assert.deepEqual([params[0]?.["ipa-collect-lldp"], params[0]?.quiet], ["1", ""]);
    });

    it("by somebody else's boot server, where that is allowed", async () => {
      const { bench, driver } = make({ inspector: { require_managed_boot: false } });
      await driver.validate(bench.task);
      assert.equal(await driver.inspectHardware(bench.task), "wait");
      assert.deepEqual(bench.done, ["boot pxe once", "power on"]);
      assert.equal(bench.task.node.driver_internal_info.inspector_manage_boot, false);
    });

    it("not at all when it must and cannot", async () => {
      const { bench, driver } = make();
      await assert.rejects(driver.validate(bench.task), /does not support inspection with this boot interface/);
      bench.driver.boot = {
        ...bench.driver.boot,
        validateInspection: () => Promise.reject(MissingParameterValue({ reason: "deploy_kernel missing" })),
      };
      await assert.rejects(driver.validate(bench.task), /deploy_kernel missing/);
    });
  });

  it("keeps by which addresses the BMC is known while it waits, and no longer", async () => {
    const kept = (bench: ReturnType<typeof makeBench>) => bench.task.node.driver_internal_info.lookup_bmc_addresses;
    const driver_info = { ipmi_address: "192.0.2.7", redfish_address: "https://[FD00::7]:8000" };
    for (const end of ["continueInspection", "abort"] as const) {
      const bench = makeBench({ config: { inspector: { require_managed_boot: false } }, node: { driver_info } });
      const driver = inspect.make(bench.services);
      await driver.inspectHardware(bench.task);
      assert.deepEqual(kept(bench), ["192.0.2.7", "fd00::7"]);
      await driver[end]?.(bench.task, INVENTORY, PLUGIN);
      assert.equal(kept(bench), undefined, end);
    }
    const bench = makeBench({ config: { inspector: { require_managed_boot: false } } });
    bench.set({ driver_internal_info: { lookup_bmc_addresses: ["192.0.2.8"] } });
    await inspect.make(bench.services).inspectHardware(bench.task);
    assert.equal(kept(bench), undefined, "of an inspection before");
  });

  it("leaves the ramdisk running on fast track", async () => {
    for (const [fast_track, last] of [
      [true, "power on"],
      [false, "power off"],
    ] as const) {
      const { bench, driver } = make({ deploy: { fast_track } });
      bench.power = "power on";
      await driver.continueInspection?.(bench.task, INVENTORY, PLUGIN);
      assert.equal(bench.power, last);
      bench.power = "power on";
      await driver.abort?.(bench.task);
      assert.equal(bench.power, "power off", "an inspection that was broken off leaves nothing running");
    }
  });

  it("names a hook that does not exist when it is made", () => {
    assert.throws(
      () => make({ inspector: { hooks: "$default_hooks,colour" } }),
      /"colour", which is no inspection hook/,
    );
  });

  describe("afterwards", () => {
    it("knows the architecture, and only the port that the machine boots from", async () => {
      const bench = await inspected();
      assert.deepEqual(bench.task.node.properties, { cpu_arch: "x86_64" });
      assert.deepEqual(portsOf(bench), [[M1, true]]);
    });

    it("keeps inventory and findings, with what the hooks made of them", async () => {
      const [kept] = (await inspected()).inventories;
      assert.deepEqual(kept?.inventory, INVENTORY);
      assert.deepEqual(kept?.plugin.macs, [M1]);
      assert.deepEqual(kept?.plugin.valid_interfaces, { eth0: { ...CARDS[0], pxe_enabled: true, ipv6_address: null } });
      assert.deepEqual(Object.keys(kept?.plugin.all_interfaces as JsonObject), ["eth0", "eth1", "eth2", "lo", "odd"]);
      assert.deepEqual(kept?.plugin.root_disk, PLUGIN.root_disk);
    });

    for (const [add, expected] of [
      [
        "all",
        [
          [M1, true],
          [M2, false],
          [M3, false],
        ],
      ],
      [
        "active",
        [
          [M1, true],
          [M3, false],
        ],
      ],
      ["disabled", [[M1, true]]],
    ] as const) {
      it(`has ports as add_ports ${add} says`, async () => {
        assert.deepEqual(portsOf(await inspected({}, {}, { inspector: { add_ports: add } })), expected);
      });
    }

    for (const [keep, add, expected] of [
      ["all", "pxe", [M1, M2, "52:54:00:00:00:09", "52:54:00:00:00:0a"]],
      ["present", "pxe", [M1, M2, "52:54:00:00:00:0a"]],
      ["added", "pxe", [M1, "52:54:00:00:00:0a"]],
      ["added", "active", [M1, "52:54:00:00:00:0a", M3]],
    ] as const)
      it(`keeps ports as keep_ports ${keep} says (add_ports ${add}), and those in use in any case`, async () => {
        const bench = makeBench({ config: { inspector: { keep_ports: keep, add_ports: add } } });
        const used = port("52:54:00:00:00:0a", { internal_info: { tenant_vif_port_id: "v" } });
        bench.ports = [port(M1), port(M2), port("52:54:00:00:00:09"), used];
        await inspect.make(bench.services).continueInspection?.(bench.task, INVENTORY, { boot_interface: M1 }, null);
        assert.deepEqual(
          bench.ports.map(({ address }) => address),
          expected,
        );
      });

    it("sets pxe_enabled of known ports by what booted", async () => {
      const { bench, driver } = make();
      bench.ports = [port(M1, { pxe_enabled: false }), port(M2)];
      await driver.continueInspection?.(bench.task, INVENTORY, PLUGIN);
      assert.deepEqual(portsOf(bench), [
        [M1, true],
        [M2, false],
      ]);
    });

    it("says nothing about network boot when it is unknown which card booted", async () => {
      const bench = await inspected({ boot: {} }, { boot_interface: null });
      assert.deepEqual(portsOf(bench), [
        [M1, true],
        [M2, true],
        [M3, true],
      ]);
    });

    it("reads BOOTIF's form of an address", async () => {
      const bench = await inspected({ boot: {} }, { boot_interface: `01-${M2.replaceAll(":", "-")}` });
      assert.deepEqual(portsOf(bench), [
        [M1, false],
        [M2, true],
      ]);
    });

    it("fills in more properties when more hooks are asked for, and keeps what stood there", async () => {
      const bench = makeBench({
        config: { inspector: { hooks: "$default_hooks,memory,cpus,boot-mode,root-device" } },
        node: { properties: { capabilities: "raid:1,boot_mode:bios", vendor: "x" } },
      });
      await inspect.make(bench.services).continueInspection?.(bench.task, INVENTORY, PLUGIN);
      assert.deepEqual(bench.task.node.properties, {
        capabilities: "raid:1,boot_mode:uefi",
        vendor: "x",
        cpu_arch: "x86_64",
        memory_mb: 8192,
        cpus: 4,
        local_gb: 20,
      });
    });

    it("switches off, and takes down what it had put up", async () => {
      const { bench, driver } = make();
      manageable(bench);
      await driver.inspectHardware(bench.task);
      bench.done.length = 0;
      await driver.continueInspection?.(bench.task, INVENTORY, PLUGIN);
      assert.deepEqual(bench.done, ["power off", "clean up ramdisk", "network removeInspectionNetwork"]);
    });

    it("stays on where the configuration says so", async () => {
      const { bench, driver } = make({ inspector: { power_off: false } });
      bench.power = "power on";
      await driver.abort?.(bench.task);
      assert.deepEqual(bench.done, []);
    });
  });

  describe("refuses, and changes nothing for,", () => {
    const cases: readonly (readonly [string, Record<string, Json>, Record<string, Json>, RegExp])[] = [
      [
        "a ramdisk that reports an error",
        {},
        { error: "disk on fire" },
        /the ramdisk reported: disk on fire.*inspect again/,
      ],
      ["an inventory without network cards", { interfaces: [] }, {}, /no network card with a valid MAC address/],
      ["an inventory without architecture", { cpu: {} }, {}, /names no CPU architecture/],
      ["interfaces of another shape", { interfaces: { a: 1 } }, {}, /no network card/],
      ["interfaces that are no objects", { interfaces: [1, null, "x"] }, {}, /no network card/],
    ];
    for (const [what, inventory, plugin, message] of cases) {
      it(what, async () => {
        const { bench, driver } = make();
        const before = JSON.stringify([bench.task.node, bench.ports]);
        const work = driver.continueInspection?.(bench.task, { ...INVENTORY, ...inventory }, { ...PLUGIN, ...plugin });
        await assert.rejects(work ?? Promise.resolve(), message);
        assert.equal(JSON.stringify([bench.task.node, bench.ports]), before);
      });
    }
  });
});
