/** Inspection hooks about devices: accelerators, counted PCI devices, and the disk that RAID has made. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import type { Node } from "../../../../common/objects/node.ts";
import inspect from "../../../../drivers/agent/inspect.ts";
import { contractFile } from "../../common/contract-file.ts";
import { makeBench } from "./support/bench.ts";

const MAC = "52:54:00:00:00:01";
const NIC = { vendor_id: "8086", product_id: "1521", bus: "0000:01:00.0" };
const T4 = { vendor_id: "10de", product_id: "1eb8", bus: "0000:02:00.0" };
const NIC_ALIAS = { vendor_id: "8086", product_id: "1521", name: "nic_i350" };

const inventory = (...serials: readonly string[]): JsonObject => ({
  interfaces: [{ name: "eth0", mac_address: MAC }],
  cpu: { architecture: "x86_64", count: 4 },
  disks: serials.map((serial) => ({ name: "/dev/sdx", serial })),
});

interface Case {
  readonly hooks: string;
  readonly plugin?: JsonObject;
  readonly node?: Partial<Node>;
  readonly before?: JsonObject | null;
  readonly now?: JsonObject;
  readonly settings?: ConfigOverrides["inspector"];
}

async function properties({ hooks, plugin = {}, node = {}, before = null, now, settings }: Case): Promise<JsonObject> {
  const bench = makeBench({ config: { inspector: { hooks: `$default_hooks,${hooks}`, ...settings } }, node });
  await inspect.make(bench.services).continueInspection?.(bench.task, now ?? inventory("a"), plugin, before);
  return bench.task.node.properties;
}

describe("inspection hooks about devices", () => {
  it("accelerators tells the cards it knows, with their addresses, and forgets those that are gone", async () => {
    const found = await properties({ hooks: "accelerators", plugin: { pci_devices: [NIC, T4] } });
    assert.deepEqual(found.accelerators, [
      {
        vendor_id: "10de",
        device_id: "1eb8",
        type: "GPU",
        device_info: "NVIDIA Corporation Tesla T4",
        pci_address: "0000:02:00.0",
      },
    ]);
    const gone = await properties({
      hooks: "accelerators",
      plugin: { pci_devices: [NIC] },
      node: { properties: { accelerators: [{ device_id: "1eb8" }] } },
    });
    assert.deepEqual(gone.accelerators, []);
  });

  it("accelerators leaves the node alone when the ramdisk has not looked", async () => {
    const node = { properties: { accelerators: ["kept"] } };
    assert.deepEqual((await properties({ hooks: "accelerators", node })).accelerators, ["kept"]);
  });

  it("pci-devices counts devices by the operator's names", async () => {
    const found = await properties({
      hooks: "pci-devices",
      plugin: { pci_devices: [NIC, NIC, T4] },
      node: { properties: { capabilities: "boot_mode:uefi,nic_i350:9" } },
      settings: { pci_device_alias: [NIC_ALIAS] },
    });
    assert.equal(found.capabilities, "boot_mode:uefi,nic_i350:2");
  });

  it("raid-device names the one disk that has come since the last inspection", async () => {
    const hooks = "raid-device";
    const first = await properties({ hooks });
    assert.equal(first.root_device, undefined);
    const second = await properties({ hooks, before: inventory("a"), now: inventory("a", "b") });
    assert.deepEqual(second.root_device, { serial: "b" });
  });

  it("raid-device decides nothing when no disk has come, or several have", async () => {
    const hooks = "raid-device";
    for (const now of [inventory("a"), inventory("a", "b", "c"), inventory()])
      assert.equal((await properties({ hooks, before: inventory("a"), now })).root_device, undefined);
  });

  it("every hook of the contract exists, and another is refused by name", function () {
    const contract = contractFile("agent-api.json") as { inspection: { "all hooks": readonly string[] } } | null;
    if (contract === null) return this.skip();
    const named = contract.inspection["all hooks"].join(",");
    assert.doesNotThrow(() => inspect.make(makeBench({ config: { inspector: { hooks: named } } }).services));
    const { services } = makeBench({ config: { inspector: { hooks: "$default_hooks,surprise" } } });
    assert.throws(() => inspect.make(services), /\[inspector\]hooks names "surprise"/);
  });
});

describe("known accelerators of an operator", () => {
  const scratch = mkdtempSync(join(tmpdir(), "ferric-accelerators-"));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  const YAML = `# ours\npci_devices:\n  - vendor_id: "8086"   # a card\n    device_id: '1521'\n    type: FPGA\n    device_info: Acme: the card\n`;
  const asJson = JSON.stringify({
    pci_devices: [{ vendor_id: "8086", device_id: "1521", type: "FPGA", device_info: "Acme: the card" }],
  });

  for (const [form, text] of [
    ["YAML", YAML],
    ["JSON", asJson],
  ] as const)
    it(`are read from ${form}`, async () => {
      const file = join(scratch, form);
      writeFileSync(file, text);
      const plugin = { pci_devices: [NIC, T4] };
      const found = await properties({ hooks: "accelerators", plugin, settings: { known_accelerators: file } });
      assert.deepEqual(found.accelerators, [
        {
          vendor_id: "8086",
          device_id: "1521",
          type: "FPGA",
          device_info: "Acme: the card",
          pci_address: "0000:01:00.0",
        },
      ]);
    });

  for (const [what, text] of [
    ["no list", "other: 1\n"],
    ["an entry without ids", "pci_devices:\n - type: GPU\n"],
    ["no pairs", "pci_devices:\n - what\n"],
    ["broken JSON", "{"],
  ] as const)
    it(`stop the start with ${what}, naming the option and the file`, () => {
      const file = join(scratch, "broken");
      writeFileSync(file, text);
      const inspector = { hooks: "accelerators", known_accelerators: file };
      const { services } = makeBench({ config: { inspector } });
      assert.throws(() => inspect.make(services), new RegExp(`known_accelerators: ${file}`));
    });

  const GIB = 1024 ** 3;
  const disks = [
    { name: "/dev/sda", size: 20 * GIB, serial: "s1", rotational: true },
    { name: "/dev/sdb", size: 100 * GIB, serial: "s2", rotational: false },
    { name: "/dev/sdc", size: 2 * GIB, serial: "s3", rotational: false },
  ];
  const rootDisk = (hints: JsonObject | null, plugin: JsonObject = { root_disk: disks[0] ?? null }) =>
    properties({
      hooks: "root-device",
      plugin,
      node: { properties: { local_gb: 7, ...(hints === null ? {} : { root_device: hints }) } },
      now: { ...inventory(), disks },
    });

  for (const [hints, local] of [
    [null, 19],
    [{}, 19],
    [{ serial: "s2" }, 99],
    [{ size: "> 50" }, 99],
    [{ rotational: false }, 99],
    [{ serial: "s3" }, 1],
    [{ name: "s== /dev/sdb", size: 100 }, 99],
  ] as const)
    it(`root-device counts the disk that ${JSON.stringify(hints)} means`, async () => {
      assert.equal((await rootDisk(hints)).local_gb, local);
    });

  it("root-device says 0 GiB when no disk is known, and fails when none fits", async () => {
    assert.equal((await rootDisk(null, {})).local_gb, 0);
    for (const hints of [{ serial: "zz" }, { surprise: "x" }, { size: "big" }])
      await assert.rejects(rootDisk(hints), /root device hint|root_device/);
  });
});
