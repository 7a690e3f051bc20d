/** What the default of a policy rule says beside its expression. */
import type { TargetKind } from "../check.ts";

export interface PolicyRule {
  readonly name: string;
  /** As oslo.policy writes it. */
  readonly check: string;
  /** What it is asked about: nodes also for what belongs to one. */
  readonly target: TargetKind;
  /** Tokens it is meant for; null: whatever a token is for, also none. */
  readonly scopes: readonly ("system" | "project")[] | null;
  /** Where it is asked: method and path below /v1, or a full path of ferric's own. */
  readonly operations: readonly string[];
}

const BOTH = ["system", "project"] as const;

const forTarget =
  (target: TargetKind) =>
  (name: string, check: string, ...operations: readonly string[]): PolicyRule => ({
    name,
    check,
    target,
    scopes: BOTH,
    operations,
  });

export const general = forTarget(null);
export const ofNode = forTarget("node");
export const ofAllocation = forTarget("allocation");
export const ofRunbook = forTarget("runbook");

export const systemOnly = (rule: PolicyRule): PolicyRule => ({ ...rule, scopes: ["system"] });
export const projectOnly = (rule: PolicyRule): PolicyRule => ({ ...rule, scopes: ["project"] });
export const anyToken = (rule: PolicyRule): PolicyRule => ({ ...rule, scopes: null });
