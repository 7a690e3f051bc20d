/**
 * Intel machines with an IPMI BMC that knows Speed Select.
 * Order is priority: the first enabled name of a type is the default (contract/drivers.json, hardware_types).
 */
import type { HardwareType } from "../base/define.ts";

export const intelIpmi: HardwareType = {
  name: "intel-ipmi",
  supports: {
    bios: ["no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http"],
    console: ["ipmitool-socat", "no-console", "fake-graphical", "ipmi-sol-native"],
    deploy: ["autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent"],
    firmware: ["no-firmware"],
    inspect: ["agent", "no-inspect"],
    management: ["intel-ipmitool"],
    network: ["flat", "neutron", "ironic-networking", "noop"],
    power: ["ipmitool", "ipmi-native"],
    raid: ["no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "cinder", "external"],
    vendor: ["ipmitool", "no-vendor", "ipmi-native"],
  },
};
