/**
 * Machines with Intel AMT: desktops and notebooks that serve as servers.
 * Ferric's own, off unless enabled. Order is priority: the first enabled name of a type is the default.
 */
import type { HardwareType } from "../base/define.ts";

export const amt: HardwareType = {
  name: "amt",
  supports: {
    bios: ["no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http"],
    console: ["no-console"],
    deploy: ["autodetect", "direct", "ramdisk", "custom-agent", "noop"],
    firmware: ["no-firmware"],
    inspect: ["agent", "no-inspect"],
    management: ["amt", "noop"],
    network: ["flat", "noop"],
    power: ["amt"],
    raid: ["no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "external"],
    vendor: ["no-vendor"],
  },
};
