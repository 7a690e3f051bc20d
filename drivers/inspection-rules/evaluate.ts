/**
 * Inspection rules on what an inspection found: by descending priority after the hooks; every condition of a rule must
 * hold, then its actions run in their order. Source: contract schemas/inspection-rule-create.json, x-semantics.
 */
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { FerricError, reasonOf } from "../../common/errors/fault.ts";
import { ACTION_PARAMETERS, namedArguments } from "../../common/inspection-rules/arguments.ts";
import type { JsonObject } from "../../common/json.ts";
import type { InspectionRule, RuleAction } from "../../common/objects/inspection-rule.ts";
import { maskSecrets } from "../../common/secrets.ts";
import { ACTIONS, type RuleWork } from "./actions.ts";
import { allHold, itemsOf } from "./conditions.ts";
import { filled, type Scope } from "./template.ts";

/** @throws HardwareInspectionFailure naming the rule; LockLost and an abort as they are */
export async function applyRules(
  rules: readonly InspectionRule[],
  work: RuleWork,
  inventory: JsonObject,
): Promise<void> {
  const ordered = rules.toSorted((one, other) => other.priority - one.priority || one.id - other.id);
  for (const rule of ordered) {
    try {
      if (!allHold(rule.conditions, scopeOf(work, inventory))) continue;
      for (const action of rule.actions) await act(action, work, inventory);
    } catch (error) {
      work.task.signal.throwIfAborted();
      throw told(rule, error);
    }
  }
}

async function act({ op, args, loop }: RuleAction, work: RuleWork, inventory: JsonObject): Promise<void> {
  const named = namedArguments(op, ACTION_PARAMETERS[op], args);
  const scope = scopeOf(work, inventory);
  const scopes = loop === undefined ? [scope] : itemsOf(loop, scope).map((item) => ({ ...scope, item }));
  for (const one of scopes) await ACTIONS[op](work, filled(named, one) as JsonObject);
}

/** Secrets stay masked: a rule must not copy them to where they are shown. */
function scopeOf({ task, plugin }: RuleWork, inventory: JsonObject): Scope {
  const node = maskSecrets({ ...task.node, auto_discovered: task.node.driver_internal_info.auto_discovered ?? false });
  return { node: JSON.parse(JSON.stringify(node)), inventory, plugin_data: plugin };
}

function told(rule: InspectionRule, error: unknown): unknown {
  if (error instanceof FerricError && error.name === "LockLost") return error;
  const name = `inspection rule ${rule.uuid}${rule.description === null ? "" : ` (${rule.description})`}`;
  const reason = rule.sensitive ? "it failed; its content is sensitive" : reasonOf(error);
  return HardwareInspectionFailure({ reason: `${name}: ${reason}` }, error);
}
