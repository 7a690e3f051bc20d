/** Chassis. Source: contract fields.json. */
import type { Chassis } from "../../common/objects/chassis.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { jsonObject, text, uuid } from "../engine/values.ts";

export const chassis = defineResource<Chassis, "id">({
  name: "chassis",
  collection: "chassis",
  id: "uuid",
  summary: ["uuid", "description"],
  internalSortKeys: { id: "id", version: "id" },
  fields: {
    uuid: { kind: uuid, create: "optional", patch: ["add", "replace"] },
    created_at: {},
    updated_at: {},
    description: { kind: text(), create: "optional", patch: true },
    extra: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
  },
  computed: {
    links: { needs: ["uuid"], value: (record, view) => linkPair(view.base, `chassis/${record.uuid}`) },
    // One list in a list: so the contract has it.
    nodes: {
      needs: ["uuid"],
      schema: { type: "array" },
      value: (record, view) => [linkPair(view.base, `chassis/${record.uuid}/nodes`)],
    },
  },
});
