/** Steps as users ask for them. Source: contract schemas/clean-steps.json, deploy-steps.json, service-steps.json. */
import type { JsonObject } from "../../common/json.ts";
import type { RequestedStep, StepInterface } from "../../common/steps.ts";
import type { JsonSchema } from "../engine/values.ts";

const INTERFACES = ["bios", "deploy", "firmware", "management", "power", "raid", "vendor"];
/** A number, or digits as text. */
export const COUNT: JsonSchema = {
  anyOf: [
    { type: "integer", minimum: 0 },
    { type: "string", pattern: "^[0-9]{1,9}$" },
  ],
};
export const STEP_PROPERTIES: JsonSchema = {
  interface: { enum: INTERFACES },
  step: { type: "string", minLength: 1 },
  args: { type: "object" },
};

/** A step as it stands in a body; numbers may be text. */
export interface WireStep {
  readonly interface: StepInterface;
  readonly step: string;
  readonly args?: JsonObject;
  readonly priority?: number | string;
  readonly order?: number | string;
  readonly execute_on_child_nodes?: boolean;
  readonly limit_child_node_execution?: readonly string[];
}

function listOf(properties: JsonSchema, required: readonly string[]): JsonSchema {
  return {
    anyOf: [
      { type: "null" },
      {
        type: "array",
        items: {
          type: "object",
          properties: { ...STEP_PROPERTIES, ...properties },
          required,
          additionalProperties: false,
        },
      },
    ],
  };
}

/** Clean and service steps run in the order of the list, or of their `order`. */
export const orderedSteps = listOf(
  {
    order: COUNT,
    execute_on_child_nodes: { type: "boolean" },
    limit_child_node_execution: { type: "array", items: { type: "string", format: "lenient-uuid" } },
  },
  ["interface", "step"],
);

export const deploySteps = listOf({ priority: COUNT }, ["interface", "step", "args", "priority"]);

/** The steps as the conductor takes them, in the order asked for. */
export function requestedSteps(steps: readonly WireStep[]): readonly RequestedStep[] {
  const sorted = steps.some((step) => step.order !== undefined)
    ? steps.toSorted((a, b) => Number(a.order ?? 0) - Number(b.order ?? 0))
    : steps;
  return sorted.map(({ order: _order, priority, ...step }) => ({
    ...step,
    ...(priority === undefined ? {} : { priority: Number(priority) }),
  }));
}
