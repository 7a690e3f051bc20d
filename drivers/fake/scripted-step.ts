/** A step of fake hardware: it takes as long and ends as the script says, and does nothing else. */
import { MissingParameterValue } from "../../common/errors/request.ts";
import type { StepDef } from "../base/steps.ts";
import type { FakeScript } from "./script.ts";

/** `settings`: what the required argument of that name holds; left out for steps without arguments. */
export function scriptedStep(
  script: FakeScript,
  step: string,
  flows: StepDef["flows"],
  settings?: string,
  more: Pick<StepDef, "abortable" | "requiresRamdisk"> = {},
): StepDef {
  return {
    step,
    flows,
    abortable: false,
    ...more,
    ...(settings === undefined ? {} : { argsinfo: { settings: { description: settings, required: true } } }),
    async run(task, args) {
      if (settings !== undefined && args.settings === undefined)
        throw MissingParameterValue({ reason: `Step ${step} needs the argument "settings": ${settings}` });
      return script.run(task, step);
    },
  };
}
