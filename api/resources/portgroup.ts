/** Port groups. Source: contract fields.json. */
import type { Portgroup } from "../../common/objects/portgroup.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { flag, jsonObject, mac, mandatoryUuid, text, uuid } from "../engine/values.ts";

export const PORTGROUPS_SINCE = 23;

export const portgroup = defineResource<Portgroup, "id">({
  name: "portgroup",
  collection: "portgroups",
  id: "uuid",
  summary: ["uuid", "address", "name"],
  internalSortKeys: { id: "id", version: "id", node_id: "node_uuid" },
  createSchema: { required: ["node_uuid"] },
  fullListsAhead: true,
  fields: {
    uuid: { kind: uuid, create: "optional" },
    created_at: {},
    updated_at: {},
    address: {
      kind: { ...mac, schema: { type: ["string", "null"], format: "mac" } },
      create: "optional",
      patch: true,
    },
    extra: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    internal_info: { sort: false },
    name: { kind: text(), create: "optional", patch: true },
    standalone_ports_supported: { kind: flag, create: "optional", patch: true, reset: true },
    node_uuid: { kind: mandatoryUuid, create: "optional", patch: true, sort: false },
    mode: { since: 26, kind: text(), create: "optional", patch: ["add", "replace"] },
    properties: {
      since: 26,
      kind: jsonObject,
      create: "optional",
      emptyIsNothing: true,
      patch: true,
      reset: {},
      sort: false,
    },
    physical_network: { since: 102, writeSince: PORTGROUPS_SINCE, kind: text(64), create: "optional", patch: true },
    category: { since: 103, writeSince: PORTGROUPS_SINCE, kind: text(80), create: "optional", patch: true },
    dynamic_portgroup: { since: 111 },
  },
  computed: {
    links: { needs: ["uuid"], value: (record, view) => linkPair(view.base, `portgroups/${record.uuid}`) },
    ports: { needs: ["uuid"], value: (record, view) => linkPair(view.base, `portgroups/${record.uuid}/ports`) },
  },
});
