/**
 * Steps that an operator has forbidden are left out of a list, wherever they come from: interfaces, agent, deploy templates or
 * runbooks. Users who name one get a refusal from the API before. Source: Ironic's options [api]disallow_*_steps.
 */
import type { StoredStep } from "../../common/steps.ts";
import type { NodeTask } from "../task.ts";
import { stepName } from "./order.ts";

export function withoutDisallowed(
  task: NodeTask,
  flow: "clean" | "deploy" | "service",
  steps: readonly StoredStep[],
): readonly StoredStep[] {
  const forbidden = task.core.config.api[`disallow_${flow}_steps`];
  const left = steps.filter((step) => !forbidden.includes(stepName(step)));
  if (left.length < steps.length) {
    const names = steps.filter((step) => !left.includes(step)).map(stepName);
    task.log.warn({ flow, steps: names }, `left out, as [api]disallow_${flow}_steps names them`);
  }
  return left;
}
