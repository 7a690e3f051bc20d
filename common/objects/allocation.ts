/** An allocation as stored: a claim on one node that fits. Its UUID becomes the node's instance_uuid. */
import type { JsonObject } from "../json.ts";

export type AllocationState = "allocating" | "active" | "error";

export interface Allocation {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly name: string | null;
  readonly node_uuid: string | null;
  readonly resource_class: string | null;
  readonly state: AllocationState;
  readonly last_error: string | null;
  /** UUIDs; empty: any node. */
  readonly candidate_nodes: readonly string[];
  readonly traits: readonly string[];
  readonly extra: JsonObject;
  readonly owner: string | null;
  /** Host of the conductor that looks for a node. */
  readonly conductor_affinity: string | null;
}

export type AllocationChanges = Partial<Omit<Allocation, "id" | "uuid" | "created_at" | "updated_at">>;
export type NewAllocation = Pick<Allocation, "uuid"> & AllocationChanges;
