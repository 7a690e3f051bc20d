/** A deploy template as stored: steps that join a deploy when the instance asks for the trait that is its name. */
import type { JsonObject } from "../json.ts";
import type { StepInterface } from "../steps.ts";

export interface TemplateStep {
  readonly interface: StepInterface;
  readonly step: string;
  readonly args: JsonObject;
  readonly priority: number;
}

export interface DeployTemplate {
  readonly id: number;
  readonly uuid: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  /** A trait; unique. */
  readonly name: string;
  readonly extra: JsonObject;
  readonly steps: readonly TemplateStep[];
}

export type DeployTemplateChanges = Partial<Pick<DeployTemplate, "name" | "extra" | "steps">>;
export type NewDeployTemplate = Pick<DeployTemplate, "uuid" | "name" | "steps"> & DeployTemplateChanges;
