/** Ports: every field with the minor that brought it. Source: contract fields.json. */
import type { Port } from "../../common/objects/port.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { filledText, flag, jsonObject, mac, mandatoryUuid, strictFlag, text, uuid } from "../engine/values.ts";
import { localLink, shownLocalLink } from "./local-link.ts";

const NODE_IDENT_SINCE = 94;

export const port = defineResource<Port, "id">({
  name: "port",
  collection: "ports",
  id: "uuid",
  summary: ["uuid", "address"],
  internalSortKeys: { id: "id", version: "id", node_id: "node_uuid", portgroup_id: "portgroup_uuid" },
  createOnly: { node_ident: { since: NODE_IDENT_SINCE, schema: { type: "string" } } },
  createSchema: { oneOf: [{ required: ["node_uuid"] }, { required: ["node_ident"] }] },
  fields: {
    uuid: { kind: uuid, create: "optional" },
    created_at: {},
    updated_at: {},
    address: { kind: mac, create: "required", patch: ["add", "replace"] },
    extra: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    internal_info: { since: 18, sort: false },
    node_uuid: { kind: mandatoryUuid, create: "optional", patch: true, sort: false },
    local_link_connection: {
      since: 19,
      kind: localLink,
      create: "optional",
      patch: true,
      reset: {},
      sort: false,
      render: (link, _port, view) => shownLocalLink(link, view.minor),
    },
    pxe_enabled: { since: 19, kind: flag, create: "optional", patch: true, reset: true },
    portgroup_uuid: { since: 24, kind: uuid, create: "optional", patch: true, sort: false },
    physical_network: { since: 34, kind: filledText(64), create: "optional", patch: true },
    is_smartnic: { since: 53, kind: flag, create: "optional", patch: true },
    name: { since: 88, kind: text(), create: "optional", patch: true },
    description: { since: 97, kind: text(), create: "optional", patch: true },
    vendor: { since: 100, kind: text(32), create: "optional", patch: true },
    category: { since: 101, kind: text(80), create: "optional", patch: true },
    available_for_dynamic_portgroup: { since: 111, kind: strictFlag, create: "optional", patch: true, reset: true },
  },
  computed: {
    links: { needs: ["uuid"], value: (record, view) => linkPair(view.base, `ports/${record.uuid}`) },
  },
});
