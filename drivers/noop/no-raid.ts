/** No RAID: every use is refused; like its model it tells what a logical disk would be made of. */
import { defineInterface } from "../base/define.ts";
import { LOGICAL_DISK_PROPERTIES } from "../logical-disk.ts";
import { refuses } from "./refuses.ts";

export default defineInterface("raid", "no-raid", () => ({
  properties: {},
  validate: refuses("raid"),
  logicalDiskProperties: () => LOGICAL_DISK_PROPERTIES,
}));
