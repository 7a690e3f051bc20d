/** [anaconda] */
import { boolean, optional } from "../option.ts";

export const anaconda = {
  default_ks_template: optional(
    "Kickstart template of nodes that name none in instance_info ks_template: a path or file:// URL on the conductor. Ferric's own when empty.",
  ),
  insecure_heartbeat: boolean(
    false,
    "Whether the installer reports to the API without verifying its certificate (ks_options.insecure_heartbeat).",
  ),
} as const;
