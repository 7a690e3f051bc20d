/**
 * What ferric's own hardware types have in common: machines that something beside them switches, and that all else is done
 * with by the ramdisk. Order is priority: the first enabled name of a type is the default.
 */
import type { HardwareType } from "../base/define.ts";

export function switchedMachine(
  name: string,
  own: Pick<HardwareType["supports"], "management" | "power">,
): HardwareType {
  return {
    name,
    supports: {
      bios: ["no-bios"],
      boot: ["ipxe", "pxe", "http-ipxe", "http"],
      console: ["no-console"],
      deploy: ["autodetect", "direct", "ramdisk", "custom-agent", "noop"],
      firmware: ["no-firmware"],
      inspect: ["agent", "no-inspect"],
      network: ["flat", "noop"],
      raid: ["no-raid", "agent"],
      rescue: ["no-rescue", "agent"],
      storage: ["noop", "external"],
      vendor: ["no-vendor"],
      ...own,
    },
  };
}
