/** Steps as they are requested, stored on a node and shown. `v` lets neighbours N and N-1 read each other's lists. */
import type { Json, JsonObject } from "./json.ts";

export type Flow = "verify" | "clean" | "deploy" | "service";
export type StepInterface =
  | "power"
  | "management"
  | "deploy"
  | "bios"
  | "raid"
  | "firmware"
  | "vendor"
  | "boot"
  | "network"
  | "inspect";

/** Where a node shows the step that a flow is at. */
export const STEP_FIELDS = { clean: "clean_step", deploy: "deploy_step", service: "service_step" } as const;

/** A step as a user asks for it (clean_steps, deploy_steps, service_steps of the provision call). */
export interface RequestedStep {
  readonly interface: StepInterface;
  readonly step: string;
  readonly args?: JsonObject;
  readonly priority?: number;
  readonly execute_on_child_nodes?: boolean;
  readonly limit_child_node_execution?: readonly string[];
}

/** A step as it stands in driver_internal_info (`clean_steps`, `deploy_steps`, ...) and in `clean_step` of the node. */
export interface StoredStep {
  readonly interface: StepInterface;
  readonly step: string;
  readonly priority: number;
  readonly abortable?: boolean;
  readonly argsinfo?: Json;
  readonly args?: JsonObject;
  readonly requires_ramdisk?: boolean;
  readonly reboot_requested?: boolean;
  readonly execute_on_child_nodes?: boolean;
  readonly limit_child_node_execution?: readonly string[];
}
