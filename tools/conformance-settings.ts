/**
 * The settings that the recorded exchanges assume (the contract's README): the lists of hardware types and interfaces as
 * they stand there, less what this release does not have yet.
 */
import type { ConfigOverrides } from "../common/config/config.ts";
import type { InterfaceType } from "../common/objects/node.ts";
import { builtSettings } from "./built-settings.ts";

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
  /** `power interfaces: redfish, idrac-redfish`, one line a kind; empty when nothing is missing. */
  readonly leftOut: readonly string[];
}

export function conformanceSettings(): ConformanceSettings {
  const { DEFAULT, leftOut } = builtSettings({ hardwareTypes: HARDWARE_TYPES, interfaces: INTERFACES });
  const embedded: ConfigOverrides = {
    DEFAULT: { ...DEFAULT, default_network_interface: "noop" },
    agent: { require_tls: false, allowed_callback_networks: ["127.0.0.0/8", "::1/128"] },
    conductor: { automated_clean: true },
    dhcp: { dhcp_provider: "none" },
    inspector: { require_managed_boot: false },
    boot: { http_port: 0 },
  };
  return { embedded, leftOut };
}
