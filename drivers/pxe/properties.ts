/** driver_info keys of network boot (contract/drivers.json, interfaces.boot.ipxe). */
export const NETWORK_BOOT_PROPERTIES: Readonly<Record<string, string>> = {
  deploy_kernel:
    "Kernel of the deploy ramdisk: http://, https:// or file:// URL. Required unless [conductor]deploy_kernel is set.",
  deploy_ramdisk:
    "Initial ramdisk with the agent: http://, https:// or file:// URL. Required unless [conductor]deploy_ramdisk is set.",
  force_persistent_boot_device:
    "How lasting changes of the boot device are: Default (only the one after a deploy), Always or Never. Optional.",
  kernel_append_params:
    "Kernel parameters of the ramdisk, in place of [pxe]kernel_append_params; %default% stands for those. Optional.",
  rescue_kernel: "Kernel of the rescue ramdisk; deploy_kernel when absent. Optional.",
  rescue_ramdisk: "Initial ramdisk for rescue; deploy_ramdisk when absent. Optional.",
};
