/**
 * What the service brings along: hardware types, and for each interface the file that makes it, loaded only when it is
 * enabled. A new interface is one file and one line here.
 */
import type { InterfaceType } from "../common/objects/node.ts";
import type { HardwareType, InterfaceEntry } from "./base/define.ts";
import { fakeHardware } from "./hardware-types/fake-hardware.ts";
import { ipmi } from "./hardware-types/ipmi.ts";
import { manualManagement } from "./hardware-types/manual-management.ts";

export type InterfaceLoader<T extends InterfaceType = InterfaceType> = () => Promise<{ default: InterfaceEntry<T> }>;
export type InterfaceTable = { readonly [T in InterfaceType]: Readonly<Record<string, InterfaceLoader<T>>> };

export const HARDWARE_TYPES: readonly HardwareType[] = [fakeHardware, ipmi, manualManagement];

export const INTERFACES: InterfaceTable = {
  bios: {
    fake: () => import("./fake/bios.ts"),
    "no-bios": () => import("./noop/no-bios.ts"),
  },
  boot: {
    fake: () => import("./fake/boot.ts"),
    "http-ipxe": () => import("./pxe/http-ipxe.ts"),
    ipxe: () => import("./pxe/ipxe.ts"),
    pxe: () => import("./pxe/pxe.ts"),
  },
  console: {
    fake: () => import("./fake/console.ts"),
    "no-console": () => import("./noop/no-console.ts"),
  },
  deploy: {
    direct: () => import("./agent/direct.ts"),
    fake: () => import("./fake/deploy.ts"),
    noop: () => import("./noop/deploy.ts"),
  },
  firmware: {
    fake: () => import("./fake/firmware.ts"),
    "no-firmware": () => import("./noop/no-firmware.ts"),
  },
  inspect: {
    agent: () => import("./agent/inspect.ts"),
    fake: () => import("./fake/inspect.ts"),
    "no-inspect": () => import("./noop/no-inspect.ts"),
  },
  management: {
    fake: () => import("./fake/management.ts"),
    ipmitool: () => import("./ipmi/management.ts"),
    noop: () => import("./noop/management.ts"),
  },
  network: {
    noop: () => import("./network/noop.ts"),
  },
  power: {
    agent: () => import("./agent/power.ts"),
    fake: () => import("./fake/power.ts"),
    ipmitool: () => import("./ipmi/power.ts"),
  },
  raid: {
    fake: () => import("./fake/raid.ts"),
    "no-raid": () => import("./noop/no-raid.ts"),
  },
  rescue: {
    agent: () => import("./agent/rescue.ts"),
    fake: () => import("./fake/rescue.ts"),
    "no-rescue": () => import("./noop/no-rescue.ts"),
  },
  storage: {
    fake: () => import("./fake/storage.ts"),
    noop: () => import("./storage/noop.ts"),
  },
  vendor: {
    fake: () => import("./fake/vendor.ts"),
    "no-vendor": () => import("./noop/no-vendor.ts"),
  },
};

/**
 * Names that Ironic has and this release does not: they may stand in lists of supported interfaces, but enabling one is
 * refused as "not built yet" and not as a misspelling.
 */
export const LATER_HARDWARE_TYPES: readonly string[] = ["idrac", "intel-ipmi", "redfish"];
export const LATER_INTERFACES: Readonly<Partial<Record<InterfaceType, readonly string[]>>> = {
  bios: ["redfish", "idrac-redfish"],
  boot: ["http", "redfish-virtual-media", "redfish-https", "idrac-redfish-virtual-media"],
  console: ["ipmitool-socat", "fake-graphical", "redfish-graphical"],
  deploy: ["anaconda", "ansible", "autodetect", "bootc", "custom-agent", "ramdisk"],
  firmware: ["redfish"],
  inspect: ["redfish", "idrac-redfish"],
  management: ["intel-ipmitool", "redfish", "idrac-redfish"],
  network: ["flat", "neutron", "ironic-networking"],
  power: ["redfish", "idrac-redfish"],
  raid: ["agent", "redfish", "idrac-redfish"],
  storage: ["cinder", "external"],
  vendor: ["ipmitool", "redfish", "idrac-redfish"],
};
