/** The steps that the interfaces of a node offer for a flow, with the configured priorities over their own. */
import type { Config } from "../../common/config/config.ts";
import type { Flow, StepInterface, StoredStep } from "../../common/steps.ts";
import type { Driver } from "../../drivers/base/interfaces.ts";
import type { StepDef } from "../../drivers/base/steps.ts";
import { stepName } from "./order.ts";

const STEP_INTERFACES: readonly StepInterface[] = [
  "power",
  "management",
  "deploy",
  "bios",
  "raid",
  "firmware",
  "vendor",
  "boot",
  "network",
  "inspect",
];

export interface OfferedStep {
  readonly stored: StoredStep;
  readonly def: StepDef;
}

/** Every step the interfaces know for the flow, whatever its priority. */
export function offeredSteps(driver: Driver, flow: Flow, config: Config): readonly OfferedStep[] {
  return STEP_INTERFACES.flatMap((name) =>
    (driver[name].steps ?? []).flatMap((def) => {
      const priority = def.flows[flow];
      return priority === undefined ? [] : [{ def, stored: stored(name, def, flow, priority, config) }];
    }),
  );
}

export function findOffered(driver: Driver, flow: Flow, config: Config, step: StoredStep): StepDef | undefined {
  return offeredSteps(driver, flow, config).find((offered) => stepName(offered.stored) === stepName(step))?.def;
}

function stored(name: StepInterface, def: StepDef, flow: Flow, priority: number, config: Config): StoredStep {
  return {
    step: def.step,
    priority: configuredPriority(config, flow, name, def.step) ?? priority,
    abortable: flow === "deploy" ? def.unbroken !== true : (def.abortable ?? false),
    argsinfo: def.argsinfo ?? null,
    interface: name,
    ...(flow === "clean" || flow === "service" ? { requires_ramdisk: def.requiresRamdisk ?? true } : {}),
  };
}

/** [conductor]clean_step_priority_override and [deploy]erase_devices*_priority; null when nothing is configured. */
export function configuredPriority(config: Config, flow: Flow, name: string, step: string): number | null {
  if (flow !== "clean") return null;
  const overridden = config.conductor.clean_step_priority_override[`${name}.${step}`];
  if (overridden !== undefined && Number.isFinite(Number(overridden))) return Number(overridden);
  if (name !== "deploy") return null;
  const erase = {
    erase_devices: config.deploy.erase_devices_priority,
    erase_devices_metadata: config.deploy.erase_devices_metadata_priority,
  };
  const value = step === "erase_devices" || step === "erase_devices_metadata" ? erase[step] : null;
  return value === null || !Number.isFinite(Number(value)) ? null : Number(value);
}

/** The agent's steps beside the interfaces' own: a step that both know is the interface's. */
export function mergeAgentSteps(
  own: readonly StoredStep[],
  agent: readonly StoredStep[],
  flow: Flow,
  config: Config,
): readonly StoredStep[] {
  const known = new Set(own.map(stepName));
  const added = agent
    .filter((step) => !known.has(stepName(step)))
    .map((step) => ({
      ...step,
      priority: configuredPriority(config, flow, step.interface, step.step) ?? step.priority,
      ...(flow === "deploy" ? {} : { requires_ramdisk: step.requires_ramdisk ?? true }),
    }));
  return [...own, ...added];
}
