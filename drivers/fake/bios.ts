/**
 * Fake BIOS settings: the three clean steps of its model (contract/steps.json). What was applied is what the machine has,
 * and only that; a reset leaves none.
 */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import type { NewBiosSetting } from "../../common/objects/node-parts.ts";
import { maskSecrets } from "../../common/secrets.ts";
import { defineInterface } from "../base/define.ts";
import type { StepDef } from "../base/steps.ts";
import { FakeScript } from "./script.ts";
import { scriptedStep } from "./scripted-step.ts";

export default defineInterface("bios", "fake", (services) => {
  const script = new FakeScript(services, "bios");
  const apply = scriptedStep(
    script,
    "apply_configuration",
    { clean: 0 },
    "Settings to apply: objects with name and value.",
  );
  const reset = scriptedStep(script, "factory_reset", { clean: 0 });
  const steps: readonly StepDef[] = [
    {
      ...apply,
      async run(task, args) {
        const settings = settingsOf(args.settings);
        const outcome = await apply.run(task, args);
        await task.ensureLock();
        await services.kept.keepBiosSettings(task.node.uuid, settings);
        return outcome;
      },
    },
    scriptedStep(script, "cache_bios_settings", { clean: 0 }),
    {
      ...reset,
      async run(task, args) {
        const outcome = await reset.run(task, args);
        await task.ensureLock();
        await services.kept.keepBiosSettings(task.node.uuid, []);
        return outcome;
      },
    },
  ];
  return { properties: {}, validate: async (task) => script.check(task), steps };
});

/** The last of several with one name counts. @throws InvalidParameterValue */
function settingsOf(given: Json | undefined): readonly NewBiosSetting[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw wrong(given);
  const settings = given.map((item): [string, NewBiosSetting] => {
    if (!isJsonObject(item) || typeof item.name !== "string" || item.name === "") throw wrong(item);
    const { name, value = null } = item;
    return [name, { name, value: value === null || typeof value === "string" ? value : JSON.stringify(value) }];
  });
  return [...new Map(settings).values()];
}

function wrong(value: Json) {
  return InvalidParameterValue({
    reason: `settings is or has ${JSON.stringify(isJsonObject(value) ? maskSecrets(value) : value).slice(0, 100)}; expected a list of objects with name and value.`,
  });
}
