/** No RAID: every use is refused. */
import { defineInterface } from "../base/define.ts";
import { refuses } from "../generic.ts";

export default defineInterface("raid", "no-raid", () => ({
  properties: {},
  validate: refuses("raid"),
  logicalDiskProperties: () => ({}),
}));
