/**
 * Virtual machines of a lab, switched by commands on their host.
 * Ferric's own, off unless enabled. Order is priority: the first enabled name of a type is the default.
 */
import type { HardwareType } from "../base/define.ts";

export const ssh: HardwareType = {
  name: "ssh",
  supports: {
    bios: ["no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http"],
    console: ["no-console"],
    deploy: ["autodetect", "direct", "ramdisk", "custom-agent", "noop"],
    firmware: ["no-firmware"],
    inspect: ["agent", "no-inspect"],
    management: ["ssh", "noop"],
    network: ["flat", "noop"],
    power: ["ssh"],
    raid: ["no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "external"],
    vendor: ["no-vendor"],
  },
};
