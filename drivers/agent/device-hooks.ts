/** Inspection hooks about devices: accelerators, PCI devices that operators count, the root disk and the disk that RAID has made. */
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { fulfilsHint } from "../../common/root-device-hints.ts";
import { withCapabilities } from "../capabilities.ts";
import { textOf } from "../reading.ts";
import type { InspectionData } from "./inspection-data.ts";
import type { HookWork, InspectionHook } from "./inspection-hooks.ts";
import { knownAccelerators } from "./known-accelerators.ts";
import { checkRootDeviceHints } from "./root-device.ts";

const GIB = 1024 ** 3;

/** Null when the ramdisk has not looked for them (its collector pci-devices). */
function pciDevices({ plugin }: InspectionData): readonly JsonObject[] | null {
  const { pci_devices: found } = plugin;
  return Array.isArray(found) ? found.filter((item: Json): item is JsonObject => isJsonObject(item)) : null;
}

/** All that is found replaces what was: a card that has been taken out is not offered any longer. */
const accelerators: InspectionHook = {
  start: ({ inspector }) => void knownAccelerators(inspector.known_accelerators),
  async apply({ task, data, config, log }) {
    const devices = pciDevices(data);
    if (devices === null) {
      log.warn({ node: task.node.uuid }, "no pci_devices from the ramdisk; its collector pci-devices is needed");
      return;
    }
    const known = knownAccelerators(config.inspector.known_accelerators);
    const found = devices.flatMap((device) => {
      const match = known.find((one) => one.vendor_id === device.vendor_id && one.device_id === device.product_id);
      return match === undefined ? [] : [{ ...match, pci_address: textOf(device.bus) }];
    });
    await task.save({ properties: { ...task.node.properties, accelerators: found } });
  },
};

/** The devices themselves are not kept: they are counted as capabilities, by the names that operators give them. */
const pciDevicesHook: InspectionHook = {
  async apply({ task, data, config, log }) {
    const devices = pciDevices(data);
    if (devices === null) {
      log.warn({ node: task.node.uuid }, "no pci_devices from the ramdisk; its collector pci-devices is needed");
      return;
    }
    const aliases = config.inspector.pci_device_alias;
    const counts = new Map<string, number>();
    for (const device of devices)
      for (const { vendor_id, product_id, name } of aliases)
        if (vendor_id === device.vendor_id && product_id === device.product_id)
          counts.set(name, (counts.get(name) ?? 0) + 1);
    const { capabilities: before } = task.node.properties;
    const gone = aliases.filter(({ name }) => !counts.has(name)).map(({ name }): [string, null] => [name, null]);
    const found = [...counts].map(([name, count]): [string, string] => [name, String(count)]);
    const capabilities = withCapabilities(before, new Map([...gone, ...found]));
    if (capabilities !== (textOf(before) ?? ""))
      await task.save({ properties: { ...task.node.properties, capabilities } });
  },
};

function serials(inventory: JsonObject | null): readonly string[] {
  const disks = inventory?.disks;
  const found = (Array.isArray(disks) ? disks : []).map((disk) => (isJsonObject(disk) ? textOf(disk.serial) : null));
  return found.filter((serial): serial is string => serial !== null);
}

/** The one disk that has come since the last inspection is the volume that RAID has made between the two. */
const raidDevice: InspectionHook = {
  async apply({ task, data, before, log }) {
    if (before === null) return;
    const known = serials(before);
    const fresh = [...new Set(serials(data.inventory))].filter((serial) => !known.includes(serial));
    const [serial] = fresh;
    if (serial === undefined) return;
    if (fresh.length > 1) {
      log.warn({ node: task.node.uuid, disks: fresh.length }, "several new disks: none is taken for the root device");
      return;
    }
    await task.save({ properties: { ...task.node.properties, root_device: { serial } } });
  },
};

function disksOf(inventory: JsonObject): readonly JsonObject[] {
  const { disks } = inventory;
  return Array.isArray(disks) ? disks.filter((disk: Json): disk is JsonObject => isJsonObject(disk)) : [];
}

/** The disk that the node's hints mean, as the inventory tells them; without hints the one that the ramdisk names. */
function rootDiskOf({ task, data }: HookWork): Json | undefined {
  const { root_device: hints } = task.node.properties;
  if (!isJsonObject(hints) || Object.keys(hints).length === 0) return data.plugin.root_disk;
  const wanted = Object.entries(hints);
  const disks = disksOf(data.inventory);
  const disk = disks.find((one) => wanted.every(([hint, value]) => fulfilsHint(one, hint, value)));
  if (disk !== undefined) return disk;
  throw HardwareInspectionFailure({
    reason: `no disk of node ${task.node.uuid} fits the root device hints ${JSON.stringify(hints).slice(0, 500)} (${disks.length} disks in the inventory); correct properties/root_device or look for the disk.`,
  });
}

/** Nothing is known of a disk: that is 0 GiB, as what was said before may be of another one. */
const rootDevice: InspectionHook = {
  async apply(work) {
    const { task, data, config } = work;
    checkRootDeviceHints(task.node);
    const disk = rootDiskOf(work);
    if (disk !== undefined) data.plugin.root_disk = disk;
    const size = isJsonObject(disk) ? disk.size : 0;
    const spacing = config.inspector.disk_partitioning_spacing ? 1 : 0;
    const local = typeof size === "number" ? Math.max(0, Math.floor(size / GIB) - spacing) : 0;
    data.plugin.local_gb = local;
    await task.save({ properties: { ...task.node.properties, local_gb: local } });
  },
};

export const DEVICE_HOOKS: Readonly<Record<string, InspectionHook>> = {
  accelerators,
  "pci-devices": pciDevicesHook,
  "raid-device": raidDevice,
  "root-device": rootDevice,
};
