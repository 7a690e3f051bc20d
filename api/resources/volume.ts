/** Volume connectors and volume targets. Source: contract fields.json. */
import type { VolumeConnector, VolumeTarget } from "../../common/objects/volume.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { jsonObject, type Kind, mandatoryText, mandatoryUuid, uuid } from "../engine/values.ts";

export const VOLUMES_SINCE = 32;

/** Numbers that neither JSON nor a database changes. */
const bootIndex: Kind = {
  schema: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
};

export const volumeConnector = defineResource<VolumeConnector, "id">({
  name: "volume connector",
  collection: "connectors",
  id: "uuid",
  summary: ["uuid", "node_uuid", "type", "connector_id"],
  internalSortKeys: { id: "id", version: "id", node_id: "node_uuid" },
  fields: {
    uuid: { kind: uuid, create: "optional" },
    created_at: {},
    updated_at: {},
    node_uuid: { kind: mandatoryUuid, create: "required", patch: ["add", "replace"], sort: false },
    type: { kind: mandatoryText(32), create: "required", patch: ["add", "replace"] },
    connector_id: { kind: mandatoryText(), create: "required", patch: ["add", "replace"] },
    extra: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
  },
  computed: {
    links: { needs: ["uuid"], value: (record, view) => linkPair(view.base, `volume/connectors/${record.uuid}`) },
  },
});

export const volumeTarget = defineResource<VolumeTarget, "id">({
  name: "volume target",
  collection: "targets",
  id: "uuid",
  summary: ["uuid", "node_uuid", "volume_type", "boot_index", "volume_id"],
  hides: { candidates: ["properties"], needs: [], fields: (_target, hiding) => hiding.ofTarget },
  internalSortKeys: { id: "id", version: "id", node_id: "node_uuid" },
  fields: {
    uuid: { kind: uuid, create: "optional" },
    created_at: {},
    updated_at: {},
    node_uuid: { kind: mandatoryUuid, create: "required", patch: ["add", "replace"], sort: false },
    volume_type: { kind: mandatoryText(64), create: "required", patch: ["add", "replace"] },
    volume_id: { kind: mandatoryText(36), create: "required", patch: ["add", "replace"] },
    boot_index: { kind: bootIndex, create: "required", patch: ["add", "replace"] },
    properties: {
      kind: jsonObject,
      create: "optional",
      patch: true,
      reset: {},
      sort: false,
      redacted: {
        redacted_contents:
          "** Value redacted: Requires permission baremetal:volume:view_target_properties access. Permission denied. **",
      },
    },
    extra: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
  },
  computed: {
    links: { needs: ["uuid"], value: (record, view) => linkPair(view.base, `volume/targets/${record.uuid}`) },
  },
});
