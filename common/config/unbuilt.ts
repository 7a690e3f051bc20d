/**
 * What an operator may ask for by configuration and this release does not have yet. Start refuses it by name: going on
 * without it would leave less protection, or something else, than was asked for. Who builds it deletes its line.
 */
export interface Unbuilt {
  readonly section: string;
  readonly option: string;
  /** Values that ask for nothing missing. */
  harmless(raw: string): boolean;
  readonly problem: string;
  readonly remedy: string;
}

const only =
  (...values: readonly string[]) =>
  (raw: string) =>
    values.includes(raw.trim().toLowerCase());
const off = only("false", "0", "no", "off", "", "<none>");
const empty = only("", "<none>", "[]");

function unbuilt(at: string, harmless: (raw: string) => boolean, problem: string, remedy: string): Unbuilt {
  const dot = at.indexOf(".");
  return { section: at.slice(0, dot), option: at.slice(dot + 1), harmless, problem, remedy };
}

export const UNBUILT: readonly Unbuilt[] = [
  unbuilt(
    "DEFAULT.rpc_transport",
    only("local", "none", "bullmq"),
    "this queue between API and conductor is not built yet",
    "set rpc_transport = local (API and conductor in one process) or bullmq (several processes over Redis)",
  ),
  unbuilt("DEFAULT.use_rpc_for_database", off, "a database behind a queue is not built yet", "remove this line"),
  unbuilt(
    "api.unix_socket",
    empty,
    "listening on a socket file is not built yet",
    "remove this line and set [api]host_ip",
  ),
  unbuilt("api.middleware", empty, "middleware of one's own is not built yet", "remove this line"),
  unbuilt(
    "api.disallowed_enrollment_boot_modes",
    empty,
    "refusing boot modes at enrollment is not built yet",
    "remove this line",
  ),
  unbuilt(
    "conductor.disallowed_deployment_boot_modes",
    empty,
    "refusing boot modes at deployment is not built yet",
    "remove this line",
  ),
  unbuilt(
    "auto_discovery.enabled",
    off,
    "machines that no node stands for are not enrolled by their inspection data yet",
    "set enabled = false and enroll the nodes over the API; a node needs no ports to be found by its BMC's address",
  ),
  unbuilt("conductor.enable_mdns", off, "announcing the service by mDNS is not built yet", "set enable_mdns = false"),
  unbuilt(
    "agent.api_ca_file",
    empty,
    "handing a certificate authority to the ramdisk is not built yet",
    "remove this line",
  ),
  unbuilt(
    "conductor.conductor_always_validates_images",
    off,
    "images that the agent fetches by itself are checked by the agent only",
    "set image_download_source = local in [agent], where the conductor checks them, and remove this line",
  ),
  unbuilt(
    "pxe.enable_insecure_template_override",
    off,
    "boot templates named by nodes are never read",
    "set enable_insecure_template_override = false",
  ),
  unbuilt(
    "deploy.image_server_auth_strategy",
    only("noauth"),
    "credentials for image servers are not built yet",
    "set image_server_auth_strategy = noauth and put the images on a server that needs none",
  ),
  unbuilt(
    "deploy.configdrive_use_object_store",
    off,
    "config drives in an object store are not built yet",
    "set configdrive_use_object_store = false (they are kept in the database)",
  ),
  unbuilt(
    "dhcp.dhcp_provider",
    only("none", "ferric"),
    "this DHCP provider is not built yet",
    "set dhcp_provider = ferric for our own server, or none when DHCP is served elsewhere",
  ),
  unbuilt(
    "keystone_authtoken.auth_section",
    empty,
    "credentials in another section are not read",
    "write them into [keystone_authtoken]",
  ),
  unbuilt(
    "keystone_authtoken.enforce_token_bind",
    only("permissive", "disabled"),
    "tokens that are bound to a machine are not told from others",
    "remove this line: Keystone makes no such tokens any more",
  ),
  unbuilt(
    "oslo_policy.enforce_new_defaults",
    only("true", "1", "yes", "on"),
    "the default rules of older releases are not built",
    "remove this line, and write the rules that must differ into [oslo_policy]policy_file",
  ),
  unbuilt(
    "oslo_policy.enforce_scope",
    only("true", "1", "yes", "on"),
    "rules are always held to the scope of a token",
    "remove this line",
  ),
  unbuilt(
    "vnc.novnc_web",
    only("", "<none>", "/usr/share/novnc"),
    "the proxy serves a page of its own",
    "remove this line, or serve yours elsewhere and set [vnc]public_url to it",
  ),
  unbuilt("vnc.novnc_record", empty, "consoles are not recorded", "remove this line"),
  unbuilt(
    "vnc.novnc_auth_schemes",
    only("none", ""),
    "the proxy logs in to no VNC server",
    "set novnc_auth_schemes = none, and keep the VNC servers on addresses that only the proxy reaches",
  ),
  ...["systemd_container_template", "container_command_template", "kubernetes_container_template"].map((option) =>
    unbuilt(
      `vnc.${option}`,
      empty,
      "templates of one's own for console containers are not built yet",
      "remove this line",
    ),
  ),
  unbuilt("pxe.ipxe_use_swift", off, "boot files in an object store are not built yet", "set ipxe_use_swift = false"),
];

export function unbuiltRule(section: string, option: string): Unbuilt | undefined {
  return UNBUILT.find((rule) => rule.section === section && rule.option === option);
}
