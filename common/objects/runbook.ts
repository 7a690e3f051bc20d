/** A runbook as stored: a named list of steps for manual cleaning and servicing. */
import type { JsonObject } from "../json.ts";
import type { StepInterface } from "../steps.ts";

export interface RunbookStep {
  readonly interface: StepInterface;
  readonly step: string;
  readonly args: JsonObject;
  readonly order: number;
}

export interface Runbook {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  /** Unique. */
  readonly name: string;
  readonly description: string | null;
  readonly extra: JsonObject;
  readonly public: boolean;
  /** Project; always null for a public one. */
  readonly owner: string | null;
  readonly disable_ramdisk: boolean;
  readonly steps: readonly RunbookStep[];
  /** Nodes with one of these may use it (from 1.112; before, nodes with its name as a trait). */
  readonly traits: readonly string[];
}

export type RunbookChanges = Partial<Omit<Runbook, "id" | "uuid" | "created_at" | "updated_at">>;
export type NewRunbook = Pick<Runbook, "uuid" | "name" | "steps"> & RunbookChanges;
