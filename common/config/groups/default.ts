/** [DEFAULT] */
import { boolean, choice, integer, list, optional, string } from "../option.ts";

const interfaces = (kind: string, names: readonly string[]) =>
  list(names, `Enabled ${kind} interfaces. Every enabled hardware type needs at least one that it supports.`);
const preferredHelp = (kind: string) =>
  `Default ${kind} interface for nodes that name none, where their hardware type supports it; else the type's first enabled one.`;
const preferred = (kind: string) => optional(preferredHelp(kind));

export const DEFAULT = {
  host: string("", "Name under which this conductor registers; the machine's host name when empty."),
  my_ip: optional(
    "Address of this host as machines and agents reach it, for API and boot files that listen everywhere; other options may refer to it as $my_ip.",
  ),
  debug: boolean(false, "Log at debug level."),
  log_file: optional("File to log to; standard error when empty."),
  state_path: string(".ferric", "Folder for the service's own data (database, caches, boot files)."),
  auth_strategy: choice(["noauth", "http_basic", "keystone"], "noauth", "How callers are authenticated.", {
    withFile: "keystone",
  }),
  http_basic_auth_user_file: string(
    "/etc/ironic/htpasswd",
    "Users of auth_strategy = http_basic: a file of name:hash lines with bcrypt hashes, as htpasswd -B writes it. Read again when it changes.",
  ),
  rbac_service_role_elevated_access: boolean(
    false,
    "Whether the service role in the project rbac_service_project_name counts as one of the whole system.",
  ),
  rbac_service_project_name: string("service", "Name of the project that services (Nova, Neutron) act in."),
  grub_config_path: string(
    "EFI/BOOT/grub.cfg",
    "A second place of GRUB's configuration on virtual media, for a boot loader of one's own.",
  ),
  rpc_transport: choice(
    ["local", "none", "bullmq", "json-rpc", "oslo"],
    "local",
    "How API and conductors talk. local (none means the same): both in one process. bullmq (ours): over Redis ([redis]), for any number of API and conductor processes.",
  ),
  notification_level: choice(
    ["", "debug", "info", "warning", "error", "critical"],
    "",
    "Least priority of notifications that are sent ([oslo_messaging_notifications]); empty: none are.",
  ),
  versioned_notifications_topics: list(
    ["ironic_versioned_notifications"],
    "Topics of notifications about records: each goes to topic.priority.",
  ),
  rpc_response_timeout: integer(60, "Seconds a call to a conductor may take.", { min: 1 }),
  enabled_hardware_types: list(["ipmi", "redfish", "manual-management"], "Hardware types to load."),
  driver_plugins: list([], "Modules (package names or paths) that bring hardware types and interfaces (ours)."),
  enabled_bios_interfaces: interfaces("bios", ["no-bios", "redfish"]),
  enabled_boot_interfaces: interfaces("boot", ["ipxe", "pxe", "redfish-virtual-media"]),
  enabled_console_interfaces: interfaces("console", ["no-console"]),
  enabled_deploy_interfaces: interfaces("deploy", ["direct"]),
  enabled_firmware_interfaces: interfaces("firmware", ["no-firmware", "redfish"]),
  enabled_inspect_interfaces: interfaces("inspect", ["agent", "no-inspect", "redfish"]),
  enabled_management_interfaces: interfaces("management", ["ipmitool", "noop", "redfish"]),
  enabled_network_interfaces: interfaces("network", ["noop"]),
  enabled_power_interfaces: interfaces("power", ["ipmitool", "agent", "redfish"]),
  enabled_raid_interfaces: interfaces("raid", ["no-raid", "redfish"]),
  enabled_rescue_interfaces: interfaces("rescue", ["no-rescue", "agent"]),
  enabled_storage_interfaces: interfaces("storage", ["noop"]),
  enabled_vendor_interfaces: interfaces("vendor", ["no-vendor", "redfish"]),
  default_bios_interface: preferred("bios"),
  default_boot_interface: preferred("boot"),
  default_console_interface: preferred("console"),
  default_deploy_interface: preferred("deploy"),
  default_firmware_interface: preferred("firmware"),
  default_inspect_interface: preferred("inspect"),
  default_management_interface: preferred("management"),
  default_network_interface: preferred("network"),
  default_power_interface: preferred("power"),
  default_raid_interface: preferred("raid"),
  default_rescue_interface: preferred("rescue"),
  default_storage_interface: { ...preferred("storage"), default: "noop" },
  default_vendor_interface: preferred("vendor"),
  webserver_verify_ca: string(
    "True",
    "How the certificates of image servers are verified: True (the system's authorities), False (not at all), or the path of a file with authorities, which must exist.",
  ),
  webserver_tls_minimum_version: choice(["1.2", "1.3"], "1.3", "Least TLS version for image servers."),
  webserver_tls_ciphers: optional("Ciphers for image servers, in OpenSSL's list format; empty: Node's own choice."),
  default_resource_class: optional("Resource class of nodes created without one."),
  default_conductor_group: string("", "Conductor group of nodes created without one."),
  default_portgroup_mode: string("active-backup", "Bonding mode of port groups created without one."),
} as const;
