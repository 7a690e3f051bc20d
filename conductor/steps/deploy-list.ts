/** The list of deploy steps: built-in ones, those of the request over them, later the agent's. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { RequestedStep, StoredStep } from "../../common/steps.ts";
import { inOrder, stepName } from "./order.ts";
import { checkSteps } from "./validate.ts";

/** The one step that the deploy interface itself drives; users cannot replace it. */
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
  if (requested.some((step) => stepName(step) === CORE_STEP))
    throw InvalidParameterValue({
      reason: `Cannot deploy node ${node}: step ${CORE_STEP} always runs with priority 100; take it out of deploy_steps.`,
    });
  const checked = checkSteps("deploy", node, requested, offered);
  const named = new Set(requested.map(stepName));
  const builtIn = offered.filter((step) => !named.has(stepName(step)));
  const steps = [...checked.steps, ...builtIn].filter((step) => step.priority > 0);
  return { steps: inOrder(steps), unknown: checked.unknown };
}

/** The list once the agent's steps are known: what is done stays in front, the rest is ordered anew. */
export function extendedList(done: readonly StoredStep[], all: readonly StoredStep[]): readonly StoredStep[] {
  const names = new Set(done.map(stepName));
  return [...done, ...all.filter((step) => !names.has(stepName(step)))];
}
