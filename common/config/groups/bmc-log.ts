/** [bmc_log], a section of ours: what was last said to the controller of each machine, in the memory of its conductor. */
import { boolean, integer } from "../option.ts";

export const bmcLog = {
  enabled: boolean(true, "Remember what was said to each controller, secrets masked, for ferric bmc log."),
  max_entries_per_node: integer(200, "Most exchanges remembered a node.", { min: 1 }),
  max_memory: integer(32, "MiB for all of them; the oldest go first.", { min: 1 }),
  keep_seconds: integer(86_400, "Seconds after which an exchange is forgotten.", { min: 1 }),
} as const;
