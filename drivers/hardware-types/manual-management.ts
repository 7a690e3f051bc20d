/**
 * Machines whose power and boot order people or other systems look after.
 * Order is priority: the first enabled name of a type is the default (contract/drivers.json, hardware_types).
 */
import type { HardwareType } from "../base/define.ts";

export const manualManagement: HardwareType = {
  name: "manual-management",
  supports: {
    bios: ["no-bios"],
    boot: ["ipxe", "pxe", "http-ipxe", "http"],
    console: ["no-console", "fake-graphical"],
    deploy: ["autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent", "noop"],
    firmware: ["no-firmware"],
    inspect: ["agent", "no-inspect"],
    management: ["noop", "fake"],
    network: ["flat", "neutron", "ironic-networking", "noop"],
    power: ["agent", "fake", "wol"],
    raid: ["no-raid", "agent"],
    rescue: ["no-rescue", "agent"],
    storage: ["noop", "cinder", "external"],
    vendor: ["no-vendor"],
  },
};
