/**
 * Any machine with an IPMI 1.5 or 2.0 BMC.
 * Order is priority: the first enabled name of a type is the default (contract/drivers.json, hardware_types).
 */
import type { HardwareType } from "../base/define.ts";

export const ipmi: HardwareType = {
  name: "ipmi",
  supports: {
    bios: ["no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http"],
    console: ["ipmitool-socat", "no-console", "fake-graphical", "ipmi-sol-native"],
    deploy: ["autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent"],
    firmware: ["no-firmware"],
    inspect: ["agent", "no-inspect"],
    management: ["ipmitool", "noop", "ipmi-native"],
    network: ["flat", "neutron", "ironic-networking", "noop"],
    power: ["ipmitool", "ipmi-native"],
    raid: ["no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "cinder", "external"],
    vendor: ["ipmitool", "no-vendor", "ipmi-native"],
  },
};
