/**
 * The settings that the recorded exchanges assume (the contract's README): the lists of hardware types and interfaces as
 * they stand there, less what this release does not have yet.
 */
import type { Config, ConfigOverrides } from "../common/config/config.ts";
import { INTERFACE_TYPES, type InterfaceType } from "../common/objects/node.ts";
import { BUILT_IN } from "../drivers/registry.ts";

const HARDWARE_TYPES = ["fake-hardware", "idrac", "intel-ipmi", "ipmi", "manual-management", "redfish"];

const INTERFACES: Readonly<Record<InterfaceType, readonly string[]>> = {
  bios: ["fake", "no-bios", "redfish", "idrac-redfish"],
  boot: [
    "fake",
    "ipxe",
    "pxe",
    "http",
    "http-ipxe",
    "redfish-virtual-media",
    "redfish-https",
    "idrac-redfish-virtual-media",
  ],
  console: ["fake", "no-console", "ipmitool-socat", "fake-graphical"],
  deploy: ["fake", "direct", "ramdisk", "anaconda", "custom-agent", "bootc", "noop", "autodetect"],
  firmware: ["fake", "no-firmware", "redfish"],
  inspect: ["fake", "agent", "no-inspect", "redfish", "idrac-redfish"],
  management: ["fake", "ipmitool", "redfish", "intel-ipmitool", "noop", "idrac-redfish"],
  network: ["noop", "flat"],
  power: ["fake", "ipmitool", "redfish", "agent", "idrac-redfish"],
  raid: ["fake", "agent", "no-raid", "redfish", "idrac-redfish"],
  rescue: ["fake", "agent", "no-rescue"],
  storage: ["noop", "external", "fake"],
  vendor: ["fake", "ipmitool", "no-vendor", "redfish", "idrac-redfish"],
};

export interface ConformanceSettings {
  readonly embedded: ConfigOverrides;
  /** `power: redfish, idrac-redfish`, one line a kind; empty when nothing is missing. */
  readonly leftOut: readonly string[];
}

export function conformanceSettings(): ConformanceSettings {
  const leftOut = [missing("hardware types", HARDWARE_TYPES, BUILT_IN.hardwareTypes)];
  const lists: Partial<Record<`enabled_${InterfaceType}_interfaces`, readonly string[]>> = {};
  for (const type of INTERFACE_TYPES) {
    const built = BUILT_IN.interfacesOf(type);
    lists[`enabled_${type}_interfaces`] = INTERFACES[type].filter((name) => built.includes(name));
    leftOut.push(missing(`${type} interfaces`, INTERFACES[type], built));
  }
  const DEFAULT: Partial<Config["DEFAULT"]> = {
    ...lists,
    enabled_hardware_types: HARDWARE_TYPES.filter((name) => BUILT_IN.hardwareTypes.includes(name)),
    default_network_interface: "noop",
  };
  return {
    embedded: {
      DEFAULT,
      agent: { require_tls: false, allowed_callback_networks: ["127.0.0.0/8", "::1/128"] },
      conductor: { automated_clean: true },
      dhcp: { dhcp_provider: "none" },
      inspector: { require_managed_boot: false },
      boot: { http_port: 0 },
    },
    leftOut: leftOut.filter((line) => line !== null),
  };
}

function missing(what: string, wanted: readonly string[], have: readonly string[]): string | null {
  const absent = wanted.filter((name) => !have.includes(name));
  return absent.length === 0 ? null : `${what}: ${absent.join(", ")}`;
}
