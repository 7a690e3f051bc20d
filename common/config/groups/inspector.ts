/** [inspector] */
import { boolean, choice, list, optional } from "../option.ts";

export const inspector = {
  require_managed_boot: boolean(true, "Refuse in-band inspection when the boot interface cannot boot the ramdisk."),
  add_ports: choice(["all", "active", "pxe", "disabled"], "pxe", "For which interfaces ports are created."),
  keep_ports: choice(["all", "present", "added"], "all", "Which ports stay after inspection."),
  default_hooks: list(
    ["ramdisk-error", "validate-interfaces", "ports", "architecture"],
    "Hooks run on inspection data.",
  ),
  hooks: optional("Hooks to run; $default_hooks stands for the default ones."),
  extra_kernel_params: optional("Kernel parameters for inspection."),
} as const;
