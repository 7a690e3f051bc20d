/** driver_info keys of virtual media (contract/drivers.json, interfaces.boot.redfish-virtual-media). */
export const MEDIA_PROPERTIES: Readonly<Record<string, string>> = {
  deploy_iso: "Bootable image with the deploy ramdisk: URL. Required unless kernel and ramdisk are given.",
  deploy_kernel: "Kernel of the deploy ramdisk: URL. Required unless deploy_iso or [conductor]deploy_kernel is given.",
  deploy_ramdisk:
    "Initial ramdisk with the agent: URL. Required unless deploy_iso or [conductor]deploy_ramdisk is given.",
};
