/** Whether a rule can be evaluated at all, and the form in which it is kept. */
import type { ConditionOperator, InspectionRule, RuleAction, RuleCondition } from "../objects/inspection-rule.ts";
import { ACTION_PARAMETERS, namedArguments, OPERATOR_PARAMETERS } from "./arguments.ts";

/** The operator without its "!". */
export function operatorOf(op: RuleCondition["op"]): {
  readonly operator: ConditionOperator;
  readonly inverted: boolean;
} {
  const inverted = op.startsWith("!");
  return { operator: (inverted ? op.slice(1) : op) as ConditionOperator, inverted };
}

/** An empty one is none, as with the model: the condition is judged, the action done, once. */
function isNoLoop(loop: RuleCondition["loop"]): loop is undefined {
  return loop === undefined || Object.keys(loop).length === 0;
}

/** Without keys that mean nothing; with a loop, `multiple` stands there. @throws InvalidParameterValue */
export function keptCondition({ op, args, loop, multiple }: RuleCondition): RuleCondition {
  namedArguments(op, OPERATOR_PARAMETERS[operatorOf(op).operator], args);
  return isNoLoop(loop) ? { op, args } : { op, args, loop, multiple: multiple ?? "any" };
}

/** @throws InvalidParameterValue */
export function keptAction({ op, args, loop }: RuleAction): RuleAction {
  namedArguments(op, ACTION_PARAMETERS[op], args);
  return isNoLoop(loop) ? { op, args } : { op, args, loop };
}

type Parts = Partial<Pick<InspectionRule, "conditions" | "actions">>;

/** @throws InvalidParameterValue naming operator and argument */
export function keptParts({ conditions, actions }: Parts): Parts {
  return {
    ...(conditions === undefined ? {} : { conditions: conditions.map(keptCondition) }),
    ...(actions === undefined ? {} : { actions: actions.map(keptAction) }),
  };
}
