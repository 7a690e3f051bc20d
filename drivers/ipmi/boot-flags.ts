/** Boot flags, parameter 5 of the system boot options (IPMI 2.0, 28.12 and 28.13, table 28-14). */
import type { BootMode } from "../../common/states.ts";

export interface BootFlags {
  readonly valid: boolean;
  readonly persistent: boolean;
  readonly mode: BootMode;
  /** Null: the BMC does not override the firmware's order, or by a device that has no name here. */
  readonly device: string | null;
}

/** Bits 5 to 2 of the second byte. */
const DEVICES: Readonly<Record<string, number>> = { pxe: 0x04, disk: 0x08, safe: 0x0c, cdrom: 0x14, bios: 0x18 };
const [VALID, PERSISTENT, EFI, DEVICE_BITS] = [0x80, 0x40, 0x20, 0x3c];
export const BOOT_DEVICES: readonly string[] = ["pxe", "disk", "cdrom", "bios", "safe"];

/** Get System Boot Options: chassis netfn, command 09h, parameter 5. */
export const READ_FLAGS = ["raw", "0x00", "0x09", "0x05", "0x00", "0x00"];
/** Boot flag valid bit clearing (parameter 3): do not clear it when the timer of 60 s runs out. */
export const KEEP_FLAGS = ["raw", "0x00", "0x08", "0x03", "0x08"];

export function writeFlags(flags: Pick<BootFlags, "persistent" | "mode" | "device">): readonly string[] {
  const first = VALID | (flags.persistent ? PERSISTENT : 0) | (flags.mode === "uefi" ? EFI : 0);
  const second = flags.device === null ? 0 : (DEVICES[flags.device] ?? 0);
  return ["raw", "0x00", "0x08", "0x05", hex(first), hex(second), "0x00", "0x00", "0x00"];
}

/** `output`: the bytes after the completion code, as ipmitool prints them. Null when they are not a boot flags answer. */
export function parseFlags(output: string): BootFlags | null {
  const bytes = output
    .trim()
    .split(/\s+/)
    .map((part) => (/^[0-9a-f]{2}$/i.test(part) ? Number.parseInt(part, 16) : Number.NaN));
  const [version, parameter, first, second] = bytes;
  if (version === undefined || Number.isNaN(version) || parameter === undefined || (parameter & 0x7f) !== 5)
    return null;
  if (first === undefined || second === undefined || Number.isNaN(first + second)) return null;
  const device = Object.entries(DEVICES).find(([, code]) => code === (second & DEVICE_BITS))?.[0];
  return {
    valid: (first & VALID) !== 0,
    persistent: (first & PERSISTENT) !== 0,
    mode: (first & EFI) !== 0 ? "uefi" : "bios",
    device: device ?? null,
  };
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
