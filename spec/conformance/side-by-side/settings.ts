/** What both services are set to for the walk: what the recorded exchanges assume, every hook, runbooks that nodes name. */
const HOOKS =
  "$default_hooks,accelerators,boot-mode,cpu-capabilities,cpus,extra-hardware,local-link-connection,memory,parse-lldp,pci-devices,physical-network,root-device,raid-device";

const ALIASES = [
  '{"vendor_id": "8086", "product_id": "1521", "name": "nic_i350"}',
  '{"vendor_id": "10de", "product_id": "1eb8", "name": "gpu_t4"}',
];

const BESIDE: readonly (readonly [section: string, option: string, value: string])[] = [
  ["inspector", "hooks", HOOKS],
  ...ALIASES.map((alias) => ["inspector", "pci_device_alias", alias] as const),
  ["inspector", "physical_network_cidr_map", "10.0.0.0/8:lab"],
  ["conductor", "automated_cleaning_step_source", "hybrid"],
  ["conductor", "automated_cleaning_runbook_from_node", "true"],
];

/** Flags of `ferric conformance`. */
export const OUR_FLAGS: readonly string[] = BESIDE.flatMap(([section, option, value]) => [
  "--set",
  `${section}.${option}=${value}`,
]);

/** Lines of the peer's ironic.conf, over those that it always has. */
export const PEER_LINES = `
[DEFAULT]
enabled_hardware_types = fake-hardware, idrac, intel-ipmi, ipmi, manual-management, redfish
enabled_bios_interfaces = fake, no-bios, redfish, idrac-redfish
enabled_boot_interfaces = fake, ipxe, pxe, http, http-ipxe, redfish-virtual-media, redfish-https, idrac-redfish-virtual-media
enabled_console_interfaces = fake, no-console, ipmitool-socat, fake-graphical
enabled_deploy_interfaces = fake, direct, ramdisk, anaconda, custom-agent, bootc, noop, autodetect
enabled_firmware_interfaces = fake, no-firmware, redfish
enabled_inspect_interfaces = fake, agent, no-inspect, redfish, idrac-redfish
enabled_management_interfaces = fake, ipmitool, redfish, intel-ipmitool, noop, idrac-redfish
enabled_network_interfaces = noop, flat
default_network_interface = noop
enabled_power_interfaces = fake, ipmitool, redfish, agent, idrac-redfish
enabled_raid_interfaces = fake, agent, no-raid, redfish, idrac-redfish
enabled_rescue_interfaces = fake, agent, no-rescue
enabled_storage_interfaces = noop, external, fake
enabled_vendor_interfaces = fake, ipmitool, no-vendor, redfish, idrac-redfish
[agent]
require_tls = false
[inspector]
require_managed_boot = false
${BESIDE.map(([section, option, value]) => `[${section}]\n${option} = ${value}`).join("\n")}
`;
