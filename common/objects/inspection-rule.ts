/** An inspection rule as stored: conditions on what an inspection found, and what is done when all of them hold. */
import type { Json, JsonObject } from "../json.ts";

export const CONDITION_OPERATORS = [
  "eq",
  "lt",
  "gt",
  "is-empty",
  "in-net",
  "matches",
  "contains",
  "one-of",
  "is-none",
  "is-true",
  "is-false",
] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

export const RULE_ACTIONS = [
  "fail",
  "log",
  "set-attribute",
  "extend-attribute",
  "del-attribute",
  "set-capability",
  "unset-capability",
  "add-trait",
  "remove-trait",
  "set-plugin-data",
  "extend-plugin-data",
  "unset-plugin-data",
  "set-port-attribute",
  "extend-port-attribute",
  "del-port-attribute",
  "api-call",
] as const;
export type RuleActionName = (typeof RULE_ACTIONS)[number];

/** By name, or in the order of the operator's parameters. */
export type RuleArguments = JsonObject | readonly Json[];

export interface RuleCondition {
  /** With "!" in front: inverted. */
  readonly op: ConditionOperator | `!${ConditionOperator}`;
  readonly args: RuleArguments;
  readonly loop?: JsonObject | readonly Json[];
  readonly multiple?: "any" | "all" | "first" | "last";
}

export interface RuleAction {
  readonly op: RuleActionName;
  readonly args: RuleArguments;
  readonly loop?: JsonObject | readonly Json[];
}

export interface InspectionRule {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly description: string | null;
  /** 0 to 9999; higher ones run first. */
  readonly priority: number;
  /** Conditions and actions are shown to nobody. Cannot be taken back. */
  readonly sensitive: boolean;
  readonly phase: string;
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly RuleAction[];
}

export type InspectionRuleChanges = Partial<Omit<InspectionRule, "id" | "created_at" | "updated_at">>;
export type NewInspectionRule = Pick<InspectionRule, "uuid" | "actions"> & InspectionRuleChanges;
