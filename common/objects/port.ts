/** A port (one NIC of a node) as stored. */
import type { JsonObject } from "../json.ts";

export interface Port {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly node_uuid: string;
  /** Lower case with colons; unique. */
  readonly address: string;
  readonly extra: JsonObject;
  readonly internal_info: JsonObject;
  readonly local_link_connection: JsonObject;
  readonly pxe_enabled: boolean;
  readonly portgroup_uuid: string | null;
  readonly physical_network: string | null;
  /** Null after a patch has removed it: the same as false. */
  readonly is_smartnic: boolean | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly vendor: string | null;
  readonly category: string | null;
  readonly available_for_dynamic_portgroup: boolean;
}

export type PortChanges = Partial<Omit<Port, "id" | "uuid" | "created_at" | "updated_at">>;
export type NewPort = Pick<Port, "uuid" | "node_uuid" | "address"> & PortChanges;
