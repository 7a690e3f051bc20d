/** Boot flags as the interfaces use them: raw commands and their answers (IPMI 2.0, 28.12, 28.13, table 28-14). */
import type { BootMode } from "../../common/states.ts";
import { type BootDevice, decodeBootFlags, encodeBootFlags } from "./client/boot-options.ts";

export interface BootFlags {
  readonly valid: boolean;
  readonly persistent: boolean;
  readonly mode: BootMode;
  /** Null: the BMC does not override the firmware's order, or by a device that has no name here. */
  readonly device: string | null;
}

const NAMED: readonly BootDevice[] = ["pxe", "disk", "cdrom", "bios", "safe"];
export const BOOT_DEVICES: readonly string[] = NAMED;

/** Get System Boot Options: chassis netfn, command 09h, parameter 5. */
export const READ_FLAGS: readonly number[] = [0x00, 0x09, 0x05, 0x00, 0x00];
/** Boot flag valid bit clearing (parameter 3): do not clear it when the timer of 60 s runs out. */
export const KEEP_FLAGS: readonly number[] = [0x00, 0x08, 0x03, 0x08];

export function writeFlags({
  persistent,
  mode,
  device,
}: Pick<BootFlags, "persistent" | "mode" | "device">): readonly number[] {
  const known = NAMED.find((name) => name === device) ?? "none";
  return [0x00, 0x08, 0x05, ...encodeBootFlags({ valid: true, persistent, efi: mode === "uefi", device: known })];
}

/** `answer`: the bytes behind the completion code. Null when they are not a boot flags answer. */
export function parseFlags(answer: readonly number[]): BootFlags | null {
  const [, parameter = 0, ...data] = answer;
  const flags = (parameter & 0x7f) === 5 ? decodeBootFlags(Buffer.from(data)) : null;
  if (flags === null) return null;
  return {
    valid: flags.valid,
    persistent: flags.persistent,
    mode: flags.efi ? "uefi" : "bios",
    device: NAMED.find((name) => name === flags.device) ?? null,
  };
}
