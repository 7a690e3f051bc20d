/** The list of a flow's steps as it stands in driver_internal_info, and the place reached in it. */
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { maskSecrets } from "../../common/secrets.ts";
import type { Flow, RequestedStep, StoredStep } from "../../common/steps.ts";
import { HARDWARE_WORK } from "../../drivers/base/steps.ts";

export type StepField = "clean_step" | "deploy_step" | "service_step";

/** Where a flow keeps its list, its index and its current step. Verify has no field of its own on the node. */
export interface StepKeys {
  readonly flow: Flow;
  readonly list: string;
  readonly index: string;
  readonly field: StepField | null;
}

export const STEP_KEYS: Readonly<Record<Flow, StepKeys>> = {
  verify: { flow: "verify", list: "verify_steps", index: "verify_step_index", field: null },
  clean: { flow: "clean", list: "clean_steps", index: "clean_step_index", field: "clean_step" },
  deploy: { flow: "deploy", list: "deploy_steps", index: "deploy_step_index", field: "deploy_step" },
  service: { flow: "service", list: "service_steps", index: "service_step_index", field: "service_step" },
};

/** Set once the agent's own steps are in the list, so that a ramdisk that boots again is not asked again. */
export const AGENT_STEPS_KEY = "agent_steps_of";

/** When the current step began, as stored times are written. */
export const STEP_STARTED_KEY = "step_started_at";

export function stepsOf(node: Node, keys: StepKeys): readonly StoredStep[] {
  const list = node.driver_internal_info[keys.list];
  return Array.isArray(list) ? list.filter(isStoredStep) : [];
}

export function requestedOf(json: Json | undefined): readonly RequestedStep[] {
  return Array.isArray(json) ? json.filter(isStoredStep) : [];
}

/** Index of the step that began last; -1 before the first. */
export function indexOf(node: Node, keys: StepKeys): number {
  const index = node.driver_internal_info[keys.index];
  return typeof index === "number" ? index : -1;
}

export function currentStep(node: Node, keys: StepKeys): StoredStep | null {
  return stepsOf(node, keys)[indexOf(node, keys)] ?? null;
}

/** Changes of driver_internal_info that end a flow's bookkeeping. */
export function forgetSteps(keys: StepKeys): Record<string, Json | undefined> {
  return {
    [keys.list]: null,
    [keys.index]: undefined,
    [AGENT_STEPS_KEY]: undefined,
    [STEP_STARTED_KEY]: undefined,
    [HARDWARE_WORK]: undefined,
  };
}

/** A step as readers see it, in the node's own field and in its history: without the values of secrets. */
export function shownStep(step: StoredStep): JsonObject {
  return maskSecrets({ ...step });
}

function isStoredStep(value: Json): value is Json & StoredStep {
  return isJsonObject(value) && typeof value.step === "string" && typeof value.interface === "string";
}
