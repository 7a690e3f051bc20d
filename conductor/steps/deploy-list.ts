/** The list of deploy steps: built-in ones, those of the request over them, later the agent's. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { RequestedStep, StoredStep } from "../../common/steps.ts";
import { inOrder, stepName } from "./order.ts";
import { checkSteps } from "./validate.ts";

/** The one step that the deploy interface itself drives; users can switch it off (priority 0), but not replace it. */
const CORE_STEP = "deploy.deploy";

export interface DeployList {
  readonly steps: readonly StoredStep[];
  /** Asked for, but offered by nobody so far. */
  readonly unknown: readonly RequestedStep[];
}

/** @throws InvalidParameterValue */
export function deployList(
  node: string,
  requested: readonly RequestedStep[],
  offered: readonly StoredStep[],
): DeployList {
  if (requested.some((step) => stepName(step) === CORE_STEP && step.priority !== 0))
    throw InvalidParameterValue({
      reason: `Cannot deploy node ${node}: step ${CORE_STEP} always runs with priority 100; take it out of deploy_steps and deploy templates, or give it priority 0 to switch it off.`,
    });
  const checked = checkSteps("deploy", node, requested, offered);
  const named = new Set(requested.map(stepName));
  const builtIn = offered.filter((step) => !named.has(stepName(step)));
  const steps = [...checked.steps, ...builtIn].filter((step) => step.priority > 0);
  return { steps: inOrder(steps), unknown: checked.unknown };
}

/** The list once the agent's steps are known: what is done stays in front, the rest is ordered anew. */
export function extendedList(done: readonly StoredStep[], all: readonly StoredStep[]): readonly StoredStep[] {
  // By number: two deploy templates may each have brought the same step.
  const ran = new Map<string, number>();
  for (const name of done.map(stepName)) ran.set(name, (ran.get(name) ?? 0) + 1);
  const left = all.filter((step) => {
    const times = ran.get(stepName(step)) ?? 0;
    if (times > 0) ran.set(stepName(step), times - 1);
    return times === 0;
  });
  return [...done, ...left];
}
