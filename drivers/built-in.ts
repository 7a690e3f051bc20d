/**
 * What the service brings along: hardware types, and for each interface the file that makes it, loaded only when it is
 * enabled. A new interface is one file and one line here.
 */
import type { InterfaceType } from "../common/objects/node.ts";
import type { HardwareType, InterfaceEntry } from "./base/define.ts";
import { amt } from "./hardware-types/amt.ts";
import { fakeHardware } from "./hardware-types/fake-hardware.ts";
import { iboot } from "./hardware-types/iboot.ts";
import { idrac } from "./hardware-types/idrac.ts";
import { ilo } from "./hardware-types/ilo.ts";
import { intelIpmi } from "./hardware-types/intel-ipmi.ts";
import { ipmi } from "./hardware-types/ipmi.ts";
import { irmc } from "./hardware-types/irmc.ts";
import { manualManagement } from "./hardware-types/manual-management.ts";
import { redfish } from "./hardware-types/redfish.ts";
import { snmp } from "./hardware-types/snmp.ts";
import { ssh } from "./hardware-types/ssh.ts";

export type InterfaceLoader<T extends InterfaceType = InterfaceType> = () => Promise<{ default: InterfaceEntry<T> }>;
export type InterfaceTable = { readonly [T in InterfaceType]: Readonly<Record<string, InterfaceLoader<T>>> };

export const HARDWARE_TYPES: readonly HardwareType[] = [
  amt,
  fakeHardware,
  iboot,
  idrac,
  ilo,
  intelIpmi,
  ipmi,
  irmc,
  manualManagement,
  redfish,
  snmp,
  ssh,
];

export const INTERFACES: InterfaceTable = {
  bios: {
    fake: () => import("./fake/bios.ts"),
    "idrac-redfish": () => import("./idrac/bios.ts"),
    "no-bios": () => import("./noop/no-bios.ts"),
    redfish: () => import("./redfish/bios.ts"),
  },
  boot: {
    fake: () => import("./fake/boot.ts"),
    http: () => import("./pxe/http.ts"),
    "http-ipxe": () => import("./pxe/http-ipxe.ts"),
    "idrac-redfish-virtual-media": () => import("./redfish/idrac-virtual-media-boot.ts"),
    ipxe: () => import("./pxe/ipxe.ts"),
    pxe: () => import("./pxe/pxe.ts"),
    "redfish-https": () => import("./redfish/https-boot.ts"),
    "redfish-virtual-media": () => import("./redfish/virtual-media-boot.ts"),
  },
  console: {
    fake: () => import("./fake/console.ts"),
    "fake-graphical": () => import("./fake/graphical-console.ts"),
    "ipmi-sol-native": () => import("./ipmi/console/native-console.ts"),
    "ipmitool-socat": () => import("./ipmi/console/socat-console.ts"),
    "no-console": () => import("./noop/no-console.ts"),
    "redfish-graphical": () => import("./redfish/graphical-console.ts"),
  },
  deploy: {
    anaconda: () => import("./anaconda/anaconda.ts"),
    autodetect: () => import("./agent/autodetect.ts"),
    bootc: () => import("./agent/bootc.ts"),
    "custom-agent": () => import("./agent/custom-agent.ts"),
    direct: () => import("./agent/direct.ts"),
    fake: () => import("./fake/deploy.ts"),
    noop: () => import("./noop/deploy.ts"),
    ramdisk: () => import("./agent/ramdisk.ts"),
  },
  firmware: {
    fake: () => import("./fake/firmware.ts"),
    "no-firmware": () => import("./noop/no-firmware.ts"),
    redfish: () => import("./redfish/firmware.ts"),
  },
  inspect: {
    agent: () => import("./agent/inspect.ts"),
    fake: () => import("./fake/inspect.ts"),
    "idrac-redfish": () => import("./idrac/inspect.ts"),
    "no-inspect": () => import("./noop/no-inspect.ts"),
    redfish: () => import("./redfish/inspect.ts"),
  },
  management: {
    amt: () => import("./amt/management.ts"),
    fake: () => import("./fake/management.ts"),
    "idrac-redfish": () => import("./idrac/management.ts"),
    "intel-ipmitool": () => import("./ipmi/intel-management.ts"),
    "ipmi-native": () => import("./ipmi/native-management.ts"),
    ipmitool: () => import("./ipmi/management.ts"),
    noop: () => import("./noop/management.ts"),
    redfish: () => import("./redfish/management.ts"),
    snmp: () => import("./snmp/management.ts"),
    ssh: () => import("./ssh/management.ts"),
  },
  network: {
    flat: () => import("./network/flat.ts"),
    noop: () => import("./network/noop.ts"),
  },
  power: {
    agent: () => import("./agent/power.ts"),
    amt: () => import("./amt/power.ts"),
    fake: () => import("./fake/power.ts"),
    iboot: () => import("./iboot/power.ts"),
    "idrac-redfish": () => import("./idrac/power.ts"),
    "ipmi-native": () => import("./ipmi/native-power.ts"),
    ipmitool: () => import("./ipmi/power.ts"),
    redfish: () => import("./redfish/power.ts"),
    snmp: () => import("./snmp/power.ts"),
    ssh: () => import("./ssh/power.ts"),
    wol: () => import("./wol/power.ts"),
  },
  raid: {
    agent: () => import("./agent/raid.ts"),
    fake: () => import("./fake/raid.ts"),
    "idrac-redfish": () => import("./idrac/raid.ts"),
    "no-raid": () => import("./noop/no-raid.ts"),
    redfish: () => import("./redfish/raid.ts"),
  },
  rescue: {
    agent: () => import("./agent/rescue.ts"),
    fake: () => import("./fake/rescue.ts"),
    "no-rescue": () => import("./noop/no-rescue.ts"),
  },
  storage: {
    external: () => import("./storage/external.ts"),
    fake: () => import("./fake/storage.ts"),
    noop: () => import("./storage/noop.ts"),
  },
  vendor: {
    fake: () => import("./fake/vendor.ts"),
    "idrac-redfish": () => import("./idrac/vendor.ts"),
    "ipmi-native": () => import("./ipmi/native-vendor.ts"),
    ipmitool: () => import("./ipmi/vendor.ts"),
    "no-vendor": () => import("./noop/no-vendor.ts"),
    redfish: () => import("./redfish/vendor.ts"),
  },
};

/**
 * Names that Ironic has and this release does not: they may stand in lists of supported interfaces, but enabling one is
 * refused as "not built yet" and not as a misspelling.
 */
export const LATER_INTERFACES: Readonly<Partial<Record<InterfaceType, readonly string[]>>> = {
  deploy: ["ansible"],
  network: ["neutron", "ironic-networking"],
  storage: ["cinder"],
};
