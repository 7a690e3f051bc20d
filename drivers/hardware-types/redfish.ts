/**
 * Any machine whose BMC speaks Redfish.
 * Order is priority: the first enabled name of a type is the default (contract/drivers.json, hardware_types).
 */
import type { HardwareType } from "../base/define.ts";

export const redfish: HardwareType = {
  name: "redfish",
  supports: {
    bios: ["redfish", "no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http", "redfish-virtual-media", "redfish-https"],
    console: ["redfish-graphical", "ipmitool-socat", "no-console", "fake-graphical"],
    deploy: ["autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent"],
    firmware: ["redfish", "no-firmware"],
    inspect: ["redfish", "agent", "no-inspect"],
    management: ["redfish", "noop"],
    network: ["flat", "neutron", "ironic-networking", "noop"],
    power: ["redfish"],
    raid: ["redfish", "no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "cinder", "external"],
    vendor: ["redfish", "no-vendor"],
  },
};
