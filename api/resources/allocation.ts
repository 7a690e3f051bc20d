/** Allocations. Source: contract fields.json and schemas/allocation-create.json. */
import type { Allocation } from "../../common/objects/allocation.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { jsonObject, type Kind, text, uuid } from "../engine/values.ts";

/** The resource and all its fields came together, except the owner. */
export const ALLOCATIONS_SINCE = 52;
export const BACKFILL_SINCE = 58;
export const OWNER_SINCE = 60;

const since = ALLOCATIONS_SINCE;
const ident: Kind = { schema: { type: ["array", "null"], items: { type: "string", minLength: 1, maxLength: 255 } } };
const traits: Kind = { schema: { type: ["array", "null"], items: { type: "string", format: "trait" } } };

export const allocation = defineResource<Allocation, "id" | "conductor_affinity">({
  name: "allocation",
  collection: "allocations",
  id: "uuid",
  newerIsUnknown: true,
  // There is no short form: items of lists are full.
  summary: [],
  internalSortKeys: { id: "id", version: "id", conductor_affinity: "conductor_affinity", node_id: "node_uuid" },
  createOnly: { node: { since: BACKFILL_SINCE, schema: { type: ["string", "null"] } } },
  fields: {
    uuid: { since, kind: uuid, create: "optional" },
    created_at: { since },
    updated_at: { since },
    candidate_nodes: { since, kind: ident, create: "optional", sort: false },
    extra: { since, kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    last_error: { since },
    name: { since, kind: text(), create: "optional", patch: true },
    node_uuid: { since, sort: false },
    // Older requests with an owner are not acceptable, which the route says: the field itself is unknown to them.
    owner: { since: OWNER_SINCE, kind: text(), create: "optional" },
    resource_class: { since, kind: text(80), create: "optional" },
    state: { since },
    traits: { since, kind: traits, create: "optional", sort: false },
  },
  computed: {
    links: { since, needs: ["uuid"], value: (record, view) => linkPair(view.base, `allocations/${record.uuid}`) },
  },
});
