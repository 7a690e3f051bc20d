/** A chassis as stored. */
import type { JsonObject } from "../json.ts";

export interface Chassis {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly description: string | null;
  readonly extra: JsonObject;
}

export type ChassisChanges = Partial<Pick<Chassis, "uuid" | "description" | "extra">>;
export type NewChassis = Pick<Chassis, "uuid"> & ChassisChanges;
