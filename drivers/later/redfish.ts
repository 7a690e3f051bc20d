/** The boot interfaces of the hardware types redfish and idrac, with the keys of their model (contract/drivers.json). */

import { defaultConfig } from "../../common/config/config.ts";
import type { Task } from "../base/task.ts";
import { redfishConnectionOf } from "../redfish/connection.ts";
import { type LaterDeclaration, later } from "./later.ts";
import { checkRamdiskSource } from "./ramdisk-source.ts";

const connected = (task: Task) => void redfishConnectionOf(task.node.driver_info, defaultConfig());

const MEDIA_PROPERTIES = {
  deploy_iso: "Bootable image with the deploy ramdisk: URL. Required unless kernel and ramdisk are given.",
  deploy_kernel: "Kernel of the deploy ramdisk: URL. Required unless deploy_iso is given.",
  deploy_ramdisk: "Initial ramdisk with the agent: URL. Required unless deploy_iso is given.",
};
const MEDIA: LaterDeclaration = {
  properties: MEDIA_PROPERTIES,
  check: (task) => {
    checkRamdiskSource(task.node);
    connected(task);
  },
  capabilities: ["iscsi_volume_boot", "ramdisk_boot", "ramdisk_boot_configdrive"],
};

export const virtualMedia = later("boot", "redfish-virtual-media", MEDIA);
export const idracVirtualMedia = later("boot", "idrac-redfish-virtual-media", MEDIA);
export const https = later("boot", "redfish-https", { ...MEDIA, capabilities: ["ramdisk_boot"] });
