/** A port group (a bond of ports of one node) as stored. */
import type { JsonObject } from "../json.ts";

export interface Portgroup {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly node_uuid: string;
  readonly name: string | null;
  /** Lower case with colons; unique. */
  readonly address: string | null;
  readonly extra: JsonObject;
  readonly internal_info: JsonObject;
  /** Whether members may be used by themselves, network boot above all. */
  readonly standalone_ports_supported: boolean;
  /** Bonding mode, e.g. active-backup; null after a patch to null. */
  readonly mode: string | null;
  /** Bonding options. */
  readonly properties: JsonObject;
  /** The one of all its members. */
  readonly physical_network: string | null;
  readonly category: string | null;
  /** Made by the service itself, for as long as an instance needs it. */
  readonly dynamic_portgroup: boolean;
}

export type PortgroupChanges = Partial<Omit<Portgroup, "id" | "uuid" | "created_at" | "updated_at">>;
export type NewPortgroup = Pick<Portgroup, "uuid" | "node_uuid"> & PortgroupChanges;
