/** Inspection hooks about devices: accelerators, PCI devices that operators count, and the disk that RAID has made. */
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { textOf } from "../reading.ts";
import type { InspectionData } from "./inspection-data.ts";
import type { InspectionHook } from "./inspection-hooks.ts";
import { knownAccelerators } from "./known-accelerators.ts";

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
    const before = (textOf(task.node.properties.capabilities) ?? "").split(",");
    const others = before.filter((pair) => pair !== "" && !aliases.some(({ name }) => pair.startsWith(`${name}:`)));
    const capabilities = [...others, ...[...counts].map(([name, count]) => `${name}:${count}`)].join(",");
    if (counts.size > 0 || others.length < before.length)
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

export const DEVICE_HOOKS: Readonly<Record<string, InspectionHook>> = {
  accelerators,
  "pci-devices": pciDevicesHook,
  "raid-device": raidDevice,
};
