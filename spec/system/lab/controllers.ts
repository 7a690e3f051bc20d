/** The ways to the lab's server: IPMI with boot over the network, Redfish with virtual media and no DHCP at all, and HTTP boot. */
import { setTimeout as pause } from "node:timers/promises";
import { TERMINAL_PORT } from "./serial-line.ts";

/** The server's network card. */
export const MAC = "52:54:00:77:00:01";

export interface Controller {
  /** Lines of [DEFAULT]. */
  readonly enabled: string;
  /** Lines of [boot], beside http_host. */
  readonly boot: string;
  /** Sections of its own. */
  readonly more: string;
  /** Arguments of "baremetal node create". */
  readonly create: readonly string[];
  /** How the installed system gets its address: networks of its network_data. */
  readonly networks: readonly object[];
  ready(): Promise<void>;
}

const info = (...pairs: readonly string[]) => pairs.flatMap((pair) => ["--driver-info", pair]);
const LINK = { id: "nic0", type: "phy", ethernet_mac_address: MAC };

function fixed(address: string) {
  return {
    id: "net0",
    type: "ipv4",
    link: LINK.id,
    network_id: "lab",
    ip_address: address,
    netmask: "255.255.255.0",
    routes: [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway: "10.77.0.1" }],
  };
}

const IPMI: Controller = {
  enabled: `enabled_hardware_types = ipmi
enabled_boot_interfaces = ipxe,pxe,http-ipxe
enabled_management_interfaces = ipmitool
enabled_power_interfaces = ipmitool`,
  boot: `tftp_enabled = true
tftp_host = 10.77.0.1
dhcp_interfaces = br0
dhcp_pools = 10.77.0.100-10.77.0.199/24`,
  more: "[dhcp]\ndhcp_provider = ferric",
  create: [
    ...["--driver", "ipmi"],
    ...info("ipmi_address=10.77.1.11", "ipmi_username=admin", "ipmi_password=secret", "ipmi_cipher_suite=3"),
  ],
  networks: [{ id: "net0", type: "ipv4_dhcp", link: LINK.id, network_id: "lab" }],
  ready: async () => {},
};

/** The same BMC without a process, and its serial line on a port. */
const NATIVE: Controller = {
  ...IPMI,
  enabled: IPMI.enabled
    .replace("management_interfaces = ipmitool", "management_interfaces = ipmi-native")
    .replace("power_interfaces = ipmitool", "power_interfaces = ipmi-native")
    .concat("\nenabled_console_interfaces = no-console,ipmi-sol-native"),
  create: [
    ...IPMI.create,
    ...["--power-interface", "ipmi-native", "--management-interface", "ipmi-native"],
    ...["--console-interface", "ipmi-sol-native"],
    ...info(`ipmi_terminal_port=${TERMINAL_PORT}`),
  ],
};

const REDFISH_URL = "http://10.77.1.1:8000";

const REDFISH: Controller = {
  enabled: `enabled_hardware_types = redfish
enabled_boot_interfaces = redfish-virtual-media,redfish-https
enabled_management_interfaces = redfish
enabled_power_interfaces = redfish`,
  boot: "",
  more: "[dhcp]\ndhcp_provider = none\n[redfish]\nkernel_append_params = console=tty0 console=ttyS0,115200",
  create: [
    ...["--driver", "redfish"],
    ...info(`redfish_address=${REDFISH_URL}`),
    ...["--network-data", JSON.stringify({ links: [LINK], networks: [fixed("10.77.0.51")], services: [] })],
  ],
  networks: [fixed("10.77.0.52")],
  ready: async () => {
    for (let tries = 0; tries < 240; tries++) {
      const answer = await fetch(`${REDFISH_URL}/redfish/v1/`).catch(() => null);
      if (answer?.ok) return;
      await pause(500);
    }
    throw new Error(`the Redfish emulator does not answer at ${REDFISH_URL}`);
  },
};

/** The firmware's own HTTP client wants an address by DHCP, though no boot file; the ramdisk's is that of the node's network_data. */
const REDFISH_HTTP: Controller = {
  ...REDFISH,
  boot: "dhcp_interfaces = br0\ndhcp_pools = 10.77.0.100-10.77.0.199/24",
  more: REDFISH.more.replace("dhcp_provider = none", "dhcp_provider = ferric"),
};

export function isRedfish(bootInterface: string): boolean {
  return bootInterface.startsWith("redfish");
}

export function controllerOf(bootInterface: string, ipmi: "ipmitool" | "native" = "ipmitool"): Controller {
  if (isRedfish(bootInterface)) return bootInterface === "redfish-https" ? REDFISH_HTTP : REDFISH;
  return ipmi === "native" ? NATIVE : IPMI;
}

/** network_data.json of the config drive. */
export function installedNetwork(bootInterface: string): object {
  return { links: [LINK], networks: controllerOf(bootInterface).networks, services: [] };
}
