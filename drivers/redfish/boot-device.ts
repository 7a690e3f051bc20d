/** Boot devices by the names of the API and by those of Redfish. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { BootTarget } from "./client/boot-override.ts";
import { bootTargetsOf } from "./client/boot-override.ts";
import type { System } from "./client/system.ts";

const TARGETS: Readonly<Record<string, BootTarget>> = {
  pxe: "Pxe",
  disk: "Hdd",
  cdrom: "Cd",
  bios: "BiosSetup",
  floppy: "Floppy",
  uefihttp: "UefiHttp",
};

/** All that this type knows, for BMCs that do not say what they take. */
export const BOOT_DEVICES: readonly string[] = Object.keys(TARGETS);

export function supportedDevices(system: System): readonly string[] {
  const allowed = bootTargetsOf(system);
  return BOOT_DEVICES.filter((device) => allowed === null || allowed.includes(targetOf(device, system)));
}

/** @throws InvalidParameterValue naming those that there are */
export function checkedTarget(device: string, system: System): BootTarget {
  const supported = supportedDevices(system);
  if (supported.includes(device)) return targetOf(device, system);
  throw InvalidParameterValue({
    reason: `Boot device "${device}" is not supported; use one of: ${supported.join(", ")}.`,
  });
}

/** Null for sources that have no name in the API. */
export function deviceOf(target: string | null): string | null {
  if (target === "UsbCd") return "cdrom";
  return BOOT_DEVICES.find((device) => TARGETS[device] === target) ?? null;
}

/** `cdrom` is what virtual media are to this BMC. */
function targetOf(device: string, system: System): BootTarget {
  if (device !== "cdrom") return TARGETS[device] ?? "None";
  const { cdTarget } = system.quirks;
  const allowed = bootTargetsOf(system);
  return allowed === null || allowed.includes(cdTarget) ? cdTarget : "Cd";
}
