/** Stores of what operators lay down for many nodes: allocations, deploy templates, runbooks, inspection rules. */
import type { Allocation, AllocationChanges, NewAllocation } from "../../common/objects/allocation.ts";
import type { DeployTemplate, DeployTemplateChanges, NewDeployTemplate } from "../../common/objects/deploy-template.ts";
import type { InspectionRule, InspectionRuleChanges, NewInspectionRule } from "../../common/objects/inspection-rule.ts";
import type { NewRunbook, Runbook, RunbookChanges } from "../../common/objects/runbook.ts";
import type { Condition, Query, Reading } from "./query.ts";

/** Of these three, `ident` is a UUID or a name; an update without changes leaves `updated_at` alone. */
export interface AllocationStore {
  /** @throws AllocationNotFound */
  get(ident: string, reading?: Reading): Promise<Allocation>;
  find(ident: string, reading?: Reading): Promise<Allocation | null>;
  list(query?: Query): Promise<readonly Allocation[]>;
  /** @throws AllocationAlreadyExists, AllocationDuplicateName */
  create(values: NewAllocation): Promise<Allocation>;
  /** @throws AllocationNotFound, also when `where` does not hold; AllocationDuplicateName */
  update(uuid: string, changes: AllocationChanges, where?: readonly Condition[]): Promise<Allocation>;
  /** False when there is none of this UUID for which `where` holds. */
  destroy(uuid: string, where?: readonly Condition[]): Promise<boolean>;
}

export interface DeployTemplateStore {
  /** @throws DeployTemplateNotFound */
  get(ident: string, reading?: Reading): Promise<DeployTemplate>;
  find(ident: string, reading?: Reading): Promise<DeployTemplate | null>;
  list(query?: Query): Promise<readonly DeployTemplate[]>;
  /** @throws DeployTemplateAlreadyExists, DeployTemplateDuplicateName */
  create(values: NewDeployTemplate): Promise<DeployTemplate>;
  /** @throws DeployTemplateNotFound, DeployTemplateDuplicateName */
  update(uuid: string, changes: DeployTemplateChanges): Promise<DeployTemplate>;
  /** @throws DeployTemplateNotFound */
  destroy(uuid: string): Promise<void>;
}

export interface RunbookStore {
  /** @throws RunbookNotFound */
  get(ident: string, reading?: Reading): Promise<Runbook>;
  find(ident: string, reading?: Reading): Promise<Runbook | null>;
  list(query?: Query): Promise<readonly Runbook[]>;
  /** @throws RunbookAlreadyExists, RunbookDuplicateName */
  create(values: NewRunbook): Promise<Runbook>;
  /** @throws RunbookNotFound, RunbookDuplicateName */
  update(uuid: string, changes: RunbookChanges): Promise<Runbook>;
  /** @throws RunbookNotFound */
  destroy(uuid: string): Promise<void>;
}

export interface InspectionRuleStore {
  /** @throws InspectionRuleNotFound */
  get(uuid: string, reading?: Reading): Promise<InspectionRule>;
  list(query?: Query): Promise<readonly InspectionRule[]>;
  /** @throws InspectionRuleAlreadyExists */
  create(values: NewInspectionRule): Promise<InspectionRule>;
  /** @throws InspectionRuleNotFound, InspectionRuleAlreadyExists */
  update(uuid: string, changes: InspectionRuleChanges): Promise<InspectionRule>;
  /** @throws InspectionRuleNotFound */
  destroy(uuid: string): Promise<void>;
  /** Answers how many there were. */
  destroyAll(): Promise<number>;
}
