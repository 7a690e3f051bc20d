/** Steps that deploy templates and runbooks keep. Source: contract schemas/deploy-template-create.json, runbook-create.json. */
import { isDeepStrictEqual } from "node:util";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { maskSecrets } from "../../common/secrets.ts";
import type { JsonSchema, Kind } from "../engine/values.ts";
import { COUNT, STEP_PROPERTIES } from "./steps.ts";

interface KeptStep {
  readonly interface: string;
  readonly step: string;
  readonly args: JsonObject;
}

function stepsKind(number: "priority" | "order", required: readonly string[]): Kind {
  const item: JsonSchema = {
    type: "object",
    properties: { ...STEP_PROPERTIES, [number]: COUNT },
    required: ["interface", "step", number, ...required],
    additionalProperties: false,
  };
  return {
    schema: { type: "array", minItems: 1, items: item },
    convert: (value) =>
      (value as readonly Readonly<Record<string, unknown>>[]).map((step) => ({
        interface: step.interface,
        step: step.step,
        args: step.args ?? {},
        [number]: Number(step[number]),
      })),
  };
}

export const templateSteps = stepsKind("priority", ["args"]);
export const runbookSteps = stepsKind("order", []);

/** As users see them: arguments without the values of secrets. */
export function maskedSteps<S extends KeptStep>(steps: readonly S[]): readonly S[] {
  return steps.map((step) => ({ ...step, args: maskSecrets(step.args) }));
}

/** @throws InvalidParameterValue naming the steps that stand in the list twice */
export function refuseTwins(what: string, steps: readonly KeptStep[] | undefined): void {
  const names = (steps ?? []).map((step) => `${step.interface}.${step.step}`);
  const twins = names.filter((name, index) => names.indexOf(name) !== index);
  if (twins.length > 0) {
    throw InvalidParameterValue({
      reason: `${what}: each step may stand in the list once; ${[...new Set(twins)].join(", ")} stands there more often.`,
    });
  }
}

/** Steps that did not change stay where they are; new ones follow, by their names. */
export function rearranged<S extends KeptStep>(before: readonly S[], after: readonly S[]): readonly S[] {
  const isIn = (list: readonly S[], step: S) => list.some((other) => isDeepStrictEqual(other, step));
  const kept = before.filter((step) => isIn(after, step));
  const added = after.filter((step) => !isIn(before, step));
  const name = (step: S) => `${step.interface} ${step.step}`;
  return [...kept, ...added.toSorted((a, b) => (name(a) < name(b) ? -1 : 1))];
}
