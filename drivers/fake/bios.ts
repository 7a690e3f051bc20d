/** Fake BIOS settings: the three clean steps of its model (contract/steps.json), which change nothing. */
import { defineInterface } from "../base/define.ts";
import { FakeScript } from "./script.ts";
import { scriptedStep } from "./scripted-step.ts";

export default defineInterface("bios", "fake", (services) => {
  const script = new FakeScript(services, "bios");
  return {
    properties: {},
    validate: async (task) => script.check(task),
    steps: [
      scriptedStep(script, "apply_configuration", { clean: 0 }, "Settings to apply: objects with name and value."),
      scriptedStep(script, "cache_bios_settings", { clean: 0 }),
      scriptedStep(script, "factory_reset", { clean: 0 }),
    ],
  };
});
