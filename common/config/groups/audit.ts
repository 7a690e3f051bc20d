/** [audit]: who asked for which change. `enabled` is Ironic's name; the rest is ours. */
import { boolean, choice, optional } from "../option.ts";

export const audit = {
  enabled: boolean(
    true,
    "Write a line for each request that changes something, before it is carried out and when it is answered.",
  ),
  path: optional(
    "File to append to, one to each API process; {port} in it is the port of the API. audit-{port}.log below state_path when empty. It may be moved away for rotation: the next line makes a new one, as SIGHUP does.",
  ),
  on_failure: choice(
    ["refuse", "continue"],
    "refuse",
    "What happens while the file cannot be written (disk full): refuse answers requests that change something with 503, continue carries them out and notes later how many lines are missing. Agents are served either way.",
  ),
  fsync: choice(
    ["interval", "always", "never"],
    "interval",
    "When lines are flushed to the disk (they outlive a killed process in any case): once a second, before each request is carried out (some milliseconds each), or when the system does.",
  ),
  ramdisk: boolean(false, "Also write lines for what agents send: lookups' tokens, heartbeats, inspection data."),
} as const;
