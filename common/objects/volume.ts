/** What a node boots from over a storage network: its connectors (who it is there) and targets (what it boots), as stored. */
import type { JsonObject } from "../json.ts";

interface VolumeRecord {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly node_uuid: string;
  readonly extra: JsonObject;
}

export interface VolumeConnector extends VolumeRecord {
  /** iqn, ip, mac, wwnn, wwpn, port, portgroup or a word of one's own; unique with connector_id. */
  readonly type: string;
  readonly connector_id: string;
}

export interface VolumeTarget extends VolumeRecord {
  readonly volume_type: string;
  readonly volume_id: string;
  /** Unique on a node; 0 is what it boots. */
  readonly boot_index: number;
  /** Connection data. Secret values (CHAP) are "******" here unless the record was read with `revealed`. */
  readonly properties: JsonObject;
}

type Own = "id" | "uuid" | "created_at" | "updated_at";

export type VolumeConnectorChanges = Partial<Omit<VolumeConnector, Own>>;
export type NewVolumeConnector = Omit<VolumeConnector, Exclude<Own, "uuid"> | "extra"> & VolumeConnectorChanges;
export type VolumeTargetChanges = Partial<Omit<VolumeTarget, Own>>;
export type NewVolumeTarget = Omit<VolumeTarget, Exclude<Own, "uuid"> | "extra" | "properties"> & VolumeTargetChanges;
