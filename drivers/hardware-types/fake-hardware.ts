/**
 * For tests, demonstrations and simulated fleets: nothing is outside this process.
 * Order is priority: the first enabled name of a type is the default (contract/drivers.json, hardware_types).
 */
import type { HardwareType } from "../base/define.ts";

export const fakeHardware: HardwareType = {
  name: "fake-hardware",
  takesAnyNamed: true,
  supports: {
    bios: ["fake", "no-bios"],
    boot: ["fake", "ipxe", "pxe", "http-ipxe", "http"],
    console: ["fake", "no-console", "fake-graphical"],
    deploy: ["fake", "autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent"],
    firmware: ["fake", "no-firmware"],
    inspect: ["fake", "agent", "no-inspect"],
    management: ["fake"],
    network: ["flat", "neutron", "ironic-networking", "noop"],
    power: ["fake"],
    raid: ["fake", "no-raid", "agent"],
    rescue: ["fake", "no-rescue", "agent"],
    storage: ["fake", "noop", "cinder", "external"],
    vendor: ["fake", "no-vendor"],
  },
};
