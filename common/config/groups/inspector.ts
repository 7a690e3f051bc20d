/** [inspector] */
import { boolean, choice, dict, list, optional, string } from "../option.ts";

export const inspector = {
  require_managed_boot: boolean(true, "Refuse in-band inspection when the boot interface cannot boot the ramdisk."),
  add_ports: choice(["all", "active", "pxe", "disabled"], "pxe", "For which interfaces ports are created."),
  keep_ports: choice(["all", "present", "added"], "all", "Which ports stay after inspection."),
  default_hooks: list(
    ["ramdisk-error", "validate-interfaces", "ports", "architecture"],
    "Hooks run on inspection data.",
  ),
  hooks: optional("Hooks to run; $default_hooks stands for the default ones."),
  extra_kernel_params: string("", "More kernel parameters for the inspection ramdisk."),
  power_off: boolean(true, "Switch the machine off when its inspection has ended."),
  update_pxe_enabled: boolean(true, "Set pxe_enabled of ports by what the inspection saw."),
  callback_endpoint_override: optional(
    "Base URL that the ramdisk posts its findings to; the API's own URL when empty.",
  ),
  force_dhcp: boolean(false, "Let the inspection ramdisk use DHCP on all of its interfaces."),
  cpu_capabilities: dict(
    {
      vmx: "cpu_vt",
      svm: "cpu_vt",
      aes: "cpu_aes",
      pse: "cpu_hugepages",
      pdpe1gb: "cpu_hugepages_1g",
      smx: "cpu_txt",
    },
    "flag:capability pairs for the hook cpu-capabilities.",
  ),
  physical_network_cidr_map: dict({}, "range:network pairs for the hook physical-network, such as 10.0.0.0/8:lab."),
  disk_partitioning_spacing: boolean(true, "Leave 1 GiB of the root disk out of local_gb."),
} as const;
