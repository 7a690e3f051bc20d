/** [redfish] */
import { boolean, choice, integer, optional, string } from "../option.ts";

export const redfish = {
  connection_attempts: integer(5, "Tries of a request to a BMC, where it may be repeated.", { min: 1 }),
  connection_retry_interval: integer(
    4,
    "Seconds between a second failed try and the next; half of it after the first, twice after more.",
    { min: 1 },
  ),
  connect_timeout: integer(30, "Seconds to wait for a connection to a BMC.", { min: 1 }),
  read_timeout: integer(60, "Seconds to wait for a complete answer of a BMC.", { min: 1 }),
  auth_type: choice(["basic", "session", "auto"], "auto", "How to log in where a node does not say."),
  verify_ca: optional("Whether to check certificates where a node does not say: true (default), false or a path."),
  tls_minimum_version: choice(
    ["", "1.1", "1.2", "1.3"],
    "",
    "Lowest TLS version where a node does not say; Node's own when empty.",
  ),
  tls_ciphers: optional("Ciphers, as OpenSSL writes them, where a node does not say."),
  enable_verify_bmc_clock: boolean(false, "Compare the BMC's clock with ours when a node is verified."),
  firmware_update_status_interval: integer(60, "Seconds between two looks at a firmware update.", { min: 0 }),
  firmware_update_wait_unresponsive_bmc: integer(
    0,
    "Seconds to leave the BMC alone after each firmware update where a node does not say.",
    { min: 0 },
  ),
  firmware_update_overall_timeout: integer(7200, "Seconds that one firmware update may take.", { min: 0 }),
  kernel_append_params: string("nofb vga=normal", "Kernel parameters of a ramdisk that boots from virtual media."),
  raid_config_status_interval: integer(60, "Seconds between two looks at a change of volumes.", { min: 0 }),
} as const;
