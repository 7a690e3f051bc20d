/** Whether the policy files can be used, without starting anything. */
import { policySources, readRules } from "../api/policy/ruled-policy.ts";
import type { Config } from "../common/config/config.ts";
import { describeProblem } from "../common/config/problem.ts";

export function policyProblems(config: Config): readonly string[] {
  return readRules(policySources(config)).problems.map(describeProblem);
}
