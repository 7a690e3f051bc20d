/** Conductors as users see them. Source: contract fields.json. */
import type { Conductor } from "../../common/objects/conductor.ts";
import { defineResource, linkPair } from "../engine/resource.ts";

/** The resource and all its fields came together. */
export const CONDUCTORS_SINCE = 49;

export const conductor = defineResource<Conductor, "id" | "online" | "boot_id">({
  name: "conductor",
  collection: "conductors",
  id: "hostname",
  summary: ["hostname", "conductor_group", "alive"],
  internalSortKeys: { id: "id", version: "id" },
  fields: {
    hostname: { since: CONDUCTORS_SINCE },
    created_at: { since: CONDUCTORS_SINCE },
    updated_at: { since: CONDUCTORS_SINCE },
    conductor_group: { since: CONDUCTORS_SINCE },
    drivers: { since: CONDUCTORS_SINCE, sort: false },
    alive: { since: CONDUCTORS_SINCE, sort: false, schema: { type: "boolean" } },
  },
  computed: {
    links: {
      since: CONDUCTORS_SINCE,
      needs: ["hostname"],
      value: (record, view) => linkPair(view.base, `conductors/${record.hostname}`),
    },
  },
});
