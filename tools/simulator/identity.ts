/** Who a simulated machine is: everything follows from its number, so that each run has the same machines. */

export interface Identity {
  readonly name: string;
  readonly uuid: string;
  readonly serial: string;
  /** MAC addresses of its network cards, lower case. */
  readonly macs: readonly [string, string];
  readonly bmcMac: string;
}

export const MANUFACTURER = "ferric";
export const MODEL = "Simulated Server S1";
export const PART_NUMBER = "FS1-2026";
export const SKU = "S1";
export const BIOS_VERSION = "1.4.2";
export const BMC_VERSION = "2.21";
export const ASSET_TAG = "ferric-sim";
/** Of each machine. */
export const CORES = 32;
export const MEMORY_GIB = 128;
export const DISK_BYTES = 960_197_124_096;

/** Up to 16 million machines; locally administered addresses of QEMU's kind. */
export function identityOf(index: number): Identity {
  const hex = index.toString(16).padStart(6, "0");
  const mac = (card: number) => {
    const tail = `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
    return `52:5${4 + card}:00:${tail}`;
  };
  return {
    name: `server-${index + 1}`,
    uuid: `5e7f0000-51b0-4000-8000-${index.toString(16).padStart(12, "0")}`,
    serial: `FS${String(index + 1).padStart(8, "0")}`,
    macs: [mac(0), mac(1)],
    bmcMac: mac(4),
  };
}
