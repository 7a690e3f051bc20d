/** Checks the steps a user asks for against those that are offered, and makes stored steps of them. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject } from "../../common/json.ts";
import type { Flow, RequestedStep, StoredStep } from "../../common/steps.ts";
import { isForChildren } from "./children.ts";
import { stepName } from "./order.ts";
import { checkReserved, isReserved } from "./reserved.ts";

export interface Checked {
  readonly steps: readonly StoredStep[];
  /** Not offered so far; the agent may know them. */
  readonly unknown: readonly RequestedStep[];
}

/** @throws InvalidParameterValue naming the step and every argument that is missing or unexpected */
export function checkSteps(
  flow: Flow,
  node: string,
  requested: readonly RequestedStep[],
  offered: readonly StoredStep[],
): Checked {
  const steps: StoredStep[] = [];
  const unknown: RequestedStep[] = [];
  const problems: string[] = [];
  for (const wanted of requested) {
    const found = offered.find((step) => stepName(step) === stepName(wanted));
    if (found === undefined && isReserved(wanted, flow)) {
      checkReserved(wanted);
      steps.push(storedOf(wanted, { abortable: true, priority: 0 }));
    } else if (found === undefined) {
      unknown.push(wanted);
    } else {
      problems.push(...argumentProblems(flow, wanted, found));
      steps.push(storedOf(wanted, found));
    }
  }
  if (problems.length > 0)
    throw InvalidParameterValue({ reason: `Cannot ${flow} node ${node}: ${problems.join("; ")}` });
  return { steps, unknown };
}

/** @throws InvalidParameterValue naming the steps that need the ramdisk which the request does without */
export function refuseRamdiskSteps(flow: Flow, node: string, steps: readonly StoredStep[]): void {
  const inRamdisk = steps.filter((step) => step.requires_ramdisk !== false && !isReserved(step, flow));
  if (inRamdisk.length === 0) return;
  const names = inRamdisk.map(stepName).join(", ");
  throw InvalidParameterValue({
    reason: `Cannot ${flow} node ${node}: ${flow} step ${names} requires booting a ramdisk; ask for it without disable_ramdisk.`,
  });
}

/** @throws InvalidParameterValue */
export function refuseUnknown(flow: Flow, node: string, unknown: readonly RequestedStep[]): void {
  if (unknown.length === 0) return;
  const names = unknown.map((step) => JSON.stringify({ interface: step.interface, step: step.step })).join(", ");
  throw InvalidParameterValue({
    reason: `Cannot ${flow} node ${node}: node does not support this ${flow} step: ${names}`,
  });
}

function storedOf(wanted: RequestedStep, found: Pick<StoredStep, "abortable" | "priority" | "requires_ramdisk">) {
  return {
    interface: wanted.interface,
    step: wanted.step,
    ...(wanted.args === undefined ? {} : { args: wanted.args }),
    abortable: found.abortable ?? false,
    priority: wanted.priority ?? found.priority,
    ...(found.requires_ramdisk === undefined ? {} : { requires_ramdisk: found.requires_ramdisk }),
    ...(isForChildren(wanted) ? onChildren(wanted) : {}),
  };
}

/** The parent itself needs no ramdisk for it. */
function onChildren({ limit_child_node_execution: limit }: RequestedStep): Partial<StoredStep> {
  return {
    requires_ramdisk: false,
    execute_on_child_nodes: true,
    ...(limit === undefined ? {} : { limit_child_node_execution: limit }),
  };
}

function argumentProblems(flow: Flow, wanted: RequestedStep, found: StoredStep): readonly string[] {
  const info = isJsonObject(found.argsinfo) ? found.argsinfo : {};
  const given = wanted.args ?? {};
  const where = `${flow} step ${stepName(wanted)}`;
  const unexpected = Object.keys(given).filter((name) => !(name in info));
  const missing = Object.entries(info)
    .filter(([name, about]) => isJsonObject(about) && about.required === true && !(name in given))
    .map(([name, about]) => describe(name, isJsonObject(about) ? about.description : null));
  return [
    ...(unexpected.length > 0 ? [`${where} has these unexpected arguments: ${unexpected.join(", ")}`] : []),
    ...(missing.length > 0 ? [`${where} is missing these required arguments: ${missing.join(", ")}`] : []),
  ];
}

function describe(name: string, description: unknown): string {
  return typeof description === "string" ? `${name} (${description})` : name;
}
