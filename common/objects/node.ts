/** A node as stored. Keys are the wire's, in snake_case, in the row, the object and the answer. Times are ISO 8601 UTC text with microseconds, e.g. 2026-11-21T11:32:31.123000+00:00. */
import type { JsonObject } from "../json.ts";
import type { State } from "../states.ts";

export const INTERFACE_TYPES = [
  "bios",
  "boot",
  "console",
  "deploy",
  "firmware",
  "inspect",
  "management",
  "network",
  "power",
  "raid",
  "rescue",
  "storage",
  "vendor",
] as const;
export type InterfaceType = (typeof INTERFACE_TYPES)[number];
export type InterfaceField = `${InterfaceType}_interface`;

export interface Node extends Readonly<Record<InterfaceField, string | null>> {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly name: string | null;
  readonly driver: string;
  readonly chassis_uuid: string | null;
  readonly instance_uuid: string | null;
  readonly instance_name: string | null;
  /** Secret values are "******" here unless the record was read with `revealed`. */
  readonly driver_info: JsonObject;
  readonly instance_info: JsonObject;
  readonly driver_internal_info: JsonObject;
  readonly properties: JsonObject;
  readonly extra: JsonObject;
  readonly network_data: JsonObject;
  readonly raid_config: JsonObject;
  readonly target_raid_config: JsonObject;
  readonly clean_step: JsonObject;
  readonly deploy_step: JsonObject;
  readonly service_step: JsonObject;
  readonly power_state: string | null;
  readonly target_power_state: string | null;
  readonly provision_state: State;
  readonly target_provision_state: State | null;
  readonly provision_updated_at: string | null;
  readonly last_error: string | null;
  readonly fault: string | null;
  readonly maintenance: boolean;
  readonly maintenance_reason: string | null;
  readonly console_enabled: boolean;
  readonly inspection_started_at: string | null;
  readonly inspection_finished_at: string | null;
  readonly boot_mode: string | null;
  readonly secure_boot: boolean | null;
  readonly resource_class: string | null;
  readonly conductor_group: string;
  readonly automated_clean: boolean | null;
  readonly protected: boolean;
  readonly protected_reason: string | null;
  readonly retired: boolean;
  readonly retired_reason: string | null;
  readonly owner: string | null;
  readonly lessee: string | null;
  readonly description: string | null;
  readonly allocation_uuid: string | null;
  readonly shard: string | null;
  readonly parent_node: string | null;
  /** Null after a patch has removed it: the same as false. */
  readonly disable_power_off: boolean | null;
  readonly health: string | null;
  readonly traits: readonly string[];
  /** Host name of the conductor that holds the lock; shown to users. */
  readonly reservation: string | null;
  /** Rises with each taking of the lock; every save under a lock is checked against it (fencing). */
  readonly lock_number: number;
  /** Boot id of the process that holds the lock. */
  readonly lock_owner: string | null;
  readonly lock_purpose: string | null;
  readonly lock_since: string | null;
  /** Host of the conductor that last prepared the node (its boot files live there). */
  readonly conductor_affinity: string | null;
}

/** What a save may change; identity and lock belong to the store. */
export type NodeChanges = Partial<
  Omit<
    Node,
    | "id"
    | "uuid"
    | "created_at"
    | "updated_at"
    | "reservation"
    | "lock_number"
    | "lock_owner"
    | "lock_purpose"
    | "lock_since"
  >
>;

/** The JSON objects whose secret values are kept apart and masked in the public column. */
export const SECRET_HOLDERS = ["driver_info", "instance_info", "driver_internal_info"] as const;

export type NewNode = Pick<Node, "uuid" | "driver"> & NodeChanges;
