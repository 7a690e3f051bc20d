/** The target RAID configuration as clients send it. Source: contract schemas/raid-config.json. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { type Checker, checker } from "../engine/validate.ts";

const LOGICAL_DISK = {
  type: "object",
  properties: {
    raid_level: { enum: ["JBOD", "0", "1", "2", "5", "6", "1+0", "5+0", "6+0"] },
    size_gb: { anyOf: [{ type: "integer", minimum: 0 }, { const: "MAX" }] },
    volume_name: { type: "string" },
    is_root_volume: { type: "boolean" },
    share_physical_disks: { type: "boolean" },
    disk_type: { enum: ["hdd", "ssd"] },
    interface_type: { enum: ["sata", "scsi", "sas"] },
    number_of_physical_disks: { type: "integer", exclusiveMinimum: 0 },
    controller: { type: "string" },
    physical_disks: {
      anyOf: [
        { type: "array", items: { type: "string" } },
        { type: "array", items: { type: "object" }, minItems: 2 },
      ],
    },
  },
  required: ["raid_level", "size_gb"],
  additionalProperties: false,
  dependencies: { physical_disks: ["controller"] },
};

const schema = checker<JsonObject & { logical_disks?: readonly { is_root_volume?: boolean }[] }>("RAID configuration", {
  anyOf: [
    { type: "object", maxProperties: 0 },
    {
      type: "object",
      properties: { logical_disks: { type: "array", minItems: 1, items: LOGICAL_DISK } },
      required: ["logical_disks"],
      additionalProperties: false,
    },
  ],
});

/** An empty object clears the configuration; at most one logical disk may be the root volume. */
export const raidBody: Checker<JsonObject> = {
  check(value) {
    const config = schema.check(value);
    const roots = config.logical_disks?.filter((disk) => disk.is_root_volume === true).length ?? 0;
    if (roots > 1) {
      throw InvalidParameterValue({
        reason: `RAID configuration: ${roots} logical disks have is_root_volume true; leave it on one of them.`,
      });
    }
    return config;
  },
};
