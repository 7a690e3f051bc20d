/** The steps in the answer of get_<flow>_steps, checked, merged over hardware managers, with configured priorities. */
import { type AgentFlow, STEP_COMMANDS } from "../../common/agent-protocol.ts";
import type { Config } from "../../common/config/config.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { StepInterface, StoredStep } from "../../common/steps.ts";

const INTERFACES: readonly StepInterface[] = ["power", "management", "deploy", "bios", "raid", "firmware", "vendor"];

export interface OfferedSteps {
  readonly steps: readonly StoredStep[];
  readonly versions: JsonObject;
  /** What was no step. */
  readonly dropped: readonly Json[];
}

export function readSteps(answer: JsonObject, flow: AgentFlow, config: Config): OfferedSteps {
  const managers = answer[STEP_COMMANDS[flow].steps];
  const found = new Map<string, StoredStep>();
  const dropped: Json[] = [];
  for (const offered of Object.values(isJsonObject(managers) ? managers : {})) {
    for (const item of Array.isArray(offered) ? offered : []) {
      const step = asStep(item, flow);
      if (step === null) dropped.push(item);
      // The agent lists its managers best first, so the first one to offer a step keeps it.
      else if (!found.has(`${step.interface}.${step.step}`)) found.set(`${step.interface}.${step.step}`, step);
    }
  }
  const versions = answer.hardware_manager_version;
  const steps = [...found.values()].map((step) => withConfiguredPriority(step, flow, config));
  return { steps, versions: isJsonObject(versions) ? versions : {}, dropped };
}

function asStep(item: Json, flow: AgentFlow): StoredStep | null {
  if (!isJsonObject(item) || typeof item.step !== "string" || typeof item.priority !== "number") return null;
  const owner = INTERFACES.find((name) => name === item.interface);
  if (owner === undefined) return null;
  return {
    step: item.step,
    priority: item.priority,
    interface: owner,
    ...(typeof item.reboot_requested === "boolean" ? { reboot_requested: item.reboot_requested } : {}),
    ...(typeof item.abortable === "boolean" ? { abortable: item.abortable } : {}),
    ...(item.argsinfo === undefined ? {} : { argsinfo: item.argsinfo }),
    ...(flow === "deploy" ? {} : { requires_ramdisk: item.requires_ramdisk !== false }),
  };
}

function withConfiguredPriority(step: StoredStep, flow: AgentFlow, { deploy }: Config): StoredStep {
  if (flow !== "clean" || step.interface !== "deploy") return step;
  const set: Readonly<Record<string, string | null>> = {
    erase_devices: deploy.erase_devices_priority,
    erase_devices_metadata: deploy.erase_devices_metadata_priority,
  };
  const priority = set[step.step] ?? null;
  return priority === null ? step : { ...step, priority: Number(priority) };
}
