/** [ipmi] */
import { boolean, integer, list, string } from "../option.ts";

export const ipmi = {
  command_retry_timeout: integer(60, "Seconds for which a failed command is tried again.", { min: 1 }),
  min_command_interval: integer(
    5,
    "Least seconds between a failed try and the next; also how long one packet waits for its answer.",
    { min: 0 },
  ),
  use_ipmitool_retries: boolean(false, "Let ipmitool repeat by itself."),
  kill_on_timeout: boolean(true, "End an ipmitool that takes too long."),
  disable_boot_timeout: boolean(true, "Tell the BMC not to forget the boot device after 60 s."),
  cipher_suite_versions: list(["3", "17"], "Cipher suites to try when a node names none, the last one first."),
  ipmitool: string("ipmitool", "Program to call (ours): a path, or a name to be found in PATH."),
} as const;
