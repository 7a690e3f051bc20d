/** RAID of Dell machines: as Redfish has it; the iDRAC needs no ramdisk for it. */
import { defineInterface } from "../base/define.ts";
import { RedfishRaid } from "../redfish/raid.ts";

export default defineInterface(
  "raid",
  "idrac-redfish",
  (services) => new RedfishRaid(services, { requiresRamdisk: false, deleteIn: { clean: 0, deploy: 0 } }),
);
