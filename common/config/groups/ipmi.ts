/** [ipmi] */
import { boolean, integer, list } from "../option.ts";

export const ipmi = {
  command_retry_timeout: integer(60, "Seconds for which a failed command is tried again.", { min: 1 }),
  min_command_interval: integer(5, "Least seconds between two commands to one BMC.", { min: 0 }),
  use_ipmitool_retries: boolean(false, "Let ipmitool repeat by itself."),
  kill_on_timeout: boolean(true, "End an ipmitool that takes too long."),
  disable_boot_timeout: boolean(true, "Tell the BMC not to forget the boot device after 60 s."),
  cipher_suite_versions: list(["3", "17"], "Cipher suites to try when a node names none."),
} as const;
