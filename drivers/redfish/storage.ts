/** Controllers, drives and volumes of a machine. Sources: DSP2046, Storage, StorageController, Drive and Volume. */
import { isTrouble } from "./client/redfish-error.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";

/** Storage subsystems; none where the BMC shows none. @throws RedfishError */
export async function storagesOf(system: System): Promise<readonly Resource[]> {
  try {
    return await system.resource.members("Storage");
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported")) return [];
    throw error;
  }
}

/** Drives of all subsystems. Links that lead nowhere are left out. @throws RedfishError */
export async function drivesOf(system: System): Promise<readonly Resource[]> {
  const drives: Resource[] = [];
  for (const storage of await storagesOf(system)) drives.push(...(await drivesOfStorage(storage)));
  return drives;
}

/** @throws RedfishError */
export async function drivesOfStorage(storage: Resource): Promise<readonly Resource[]> {
  const drives: Resource[] = [];
  for (const path of storage.links("Drives")) {
    const drive = await storage.calls.find(path);
    if (drive !== null) drives.push(drive);
  }
  return drives;
}

/** @throws RedfishError */
export async function volumesOf(storage: Resource): Promise<readonly Resource[]> {
  try {
    return await storage.members("Volumes");
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported")) return [];
    throw error;
  }
}
