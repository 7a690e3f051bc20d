/**
 * Machines on an outlet of a PDU that speaks SNMP.
 * Ferric's own, off unless enabled. Order is priority: the first enabled name of a type is the default.
 */
import type { HardwareType } from "../base/define.ts";

export const snmp: HardwareType = {
  name: "snmp",
  supports: {
    bios: ["no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http"],
    console: ["no-console"],
    deploy: ["autodetect", "direct", "ramdisk", "custom-agent", "noop"],
    firmware: ["no-firmware"],
    inspect: ["agent", "no-inspect"],
    management: ["noop", "snmp"],
    network: ["flat", "noop"],
    power: ["snmp"],
    raid: ["no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "external"],
    vendor: ["no-vendor"],
  },
};
