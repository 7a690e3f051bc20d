/** Fake firmware: one clean step, which changes nothing. */
import { defineInterface } from "../base/define.ts";
import { FakeScript } from "./script.ts";
import { scriptedStep } from "./scripted-step.ts";

export default defineInterface("firmware", "fake", (services) => {
  const script = new FakeScript(services, "firmware");
  return {
    properties: {},
    validate: async (task) => script.check(task),
    steps: [scriptedStep(script, "update", { clean: 0 }, "Components to update: objects with component and url.")],
  };
});
