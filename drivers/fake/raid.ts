/** Fake RAID: accepts a target configuration; like its model it has no steps. */
import { defineInterface } from "../base/define.ts";
import { LOGICAL_DISK_PROPERTIES } from "../logical-disk.ts";
import { FakeScript } from "./script.ts";

export default defineInterface("raid", "fake", (services) => {
  const script = new FakeScript(services, "raid");
  return {
    properties: {},
    validate: async (task) => script.check(task),
    logicalDiskProperties: () => LOGICAL_DISK_PROPERTIES,
  };
});
