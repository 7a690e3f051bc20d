/**
 * Dell machines with an iDRAC.
 * Order is priority: the first enabled name of a type is the default (contract/drivers.json, hardware_types).
 */
import type { HardwareType } from "../base/define.ts";

export const idrac: HardwareType = {
  name: "idrac",
  supports: {
    bios: ["idrac-redfish", "redfish", "no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http", "idrac-redfish-virtual-media", "redfish-https"],
    console: ["redfish-graphical", "ipmitool-socat", "no-console", "fake-graphical"],
    deploy: ["autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent"],
    firmware: ["redfish", "no-firmware"],
    inspect: ["idrac-redfish", "agent", "no-inspect"],
    management: ["idrac-redfish"],
    network: ["flat", "neutron", "ironic-networking", "noop"],
    power: ["idrac-redfish", "redfish"],
    raid: ["idrac-redfish", "no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "cinder", "external"],
    vendor: ["idrac-redfish", "redfish", "no-vendor"],
  },
};
