/** Controllers that can make volumes, with their drives. Source: DSP2046, Storage, Volume. */
import type { Calls } from "./client/calls.ts";
import type { System } from "./client/system.ts";
import type { ControllerFacts } from "./raid-plan.ts";
import { drivesOfStorage, storagesOf, volumesOf } from "./storage.ts";

/** @throws RedfishError */
export async function controllersOf(system: System): Promise<readonly ControllerFacts[]> {
  const found: ControllerFacts[] = [];
  for (const storage of await storagesOf(system)) {
    const volumes = storage.link("Volumes");
    if (volumes === null) continue;
    const used = new Set(
      (await volumesOf(storage)).filter(isVolume).flatMap((one) => one.object("Links").links("Drives")),
    );
    const drives = (await drivesOfStorage(storage)).map((drive) => ({
      path: drive.path,
      id: drive.text("Id") ?? drive.path,
      name: drive.text("Name"),
      bytes: drive.number("CapacityBytes") ?? 0,
      media: drive.text("MediaType"),
      protocol: drive.text("Protocol"),
      used: used.has(drive.path),
    }));
    const id = storage.text("Id") ?? storage.path;
    found.push({ id, name: storage.text("Name"), volumes, drives });
  }
  return found;
}

/** Paths of volumes that were made of drives: what controllers show for single drives is none. @throws RedfishError */
export async function deletableVolumes(system: System): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const storage of await storagesOf(system))
    paths.push(...(await volumesOf(storage)).filter(isVolume).map((volume) => volume.path));
  return paths;
}

function isVolume(volume: { text(name: string): string | null }): boolean {
  return volume.text("VolumeType") !== "RawDevice";
}

/** "Immediate" where the controller can, else "OnReset"; null: it does not say, and changes at once. @throws RedfishError */
export async function applyTimeOf(calls: Calls, volumes: string): Promise<string | null> {
  const collection = await calls.get(volumes);
  const values = collection.object("@Redfish.OperationApplyTimeSupport").texts("SupportedValues");
  return ["Immediate", "OnReset"].find((time) => values.includes(time)) ?? null;
}
