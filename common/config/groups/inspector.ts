/** [inspector] */
import { boolean, choice, dict, list, multi, optional, string } from "../option.ts";

/** A PCI device that the hook pci-devices counts as capability `name`. */
export interface PciAlias {
  readonly vendor_id: string;
  readonly product_id: string;
  readonly name: string;
}

/** @throws Error when it is not such an object */
function pciAlias(raw: string): PciAlias {
  const { vendor_id, product_id, name } = parsedObject(raw);
  if (typeof vendor_id === "string" && typeof product_id === "string" && typeof name === "string" && name !== "")
    return { vendor_id, product_id, name };
  throw new Error(`expected {"vendor_id": "1234", "product_id": "5678", "name": "pci_dev1"}, got ${raw}`);
}

function parsedObject(raw: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(raw));
  } catch {
    return {};
  }
}

export const inspector = {
  require_managed_boot: boolean(true, "Refuse in-band inspection when the boot interface cannot boot the ramdisk."),
  add_ports: choice(["all", "active", "pxe", "disabled"], "pxe", "For which interfaces ports are created."),
  keep_ports: choice(
    ["all", "present", "added"],
    "all",
    "Which ports stay at inspection: all, those of cards in the inventory, or of cards that add_ports counts. A port with a VIF stays.",
  ),
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
  pci_device_alias: multi(
    'A device that the hook pci-devices counts: {"vendor_id": "1234", "product_id": "5678", "name": "pci_dev1"}. May be given more than once.',
    pciAlias,
  ),
  known_accelerators: optional(
    "File with the devices that the hook accelerators knows (Ironic's YAML form, or the same as JSON); the list that Ironic comes with when empty.",
  ),
  disk_partitioning_spacing: boolean(true, "Leave 1 GiB of the root disk out of local_gb."),
} as const;
