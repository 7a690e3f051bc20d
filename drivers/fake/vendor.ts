/** Fake vendor interface: the steps of its model, one of which waits for an operator (contract/steps.json, vendor.fake). */
import { defineInterface } from "../base/define.ts";
import { FakeScript } from "./script.ts";
import { scriptedStep } from "./scripted-step.ts";

export default defineInterface("vendor", "fake", (services) => {
  const script = new FakeScript(services, "vendor");
  return {
    properties: {
      B1: "Parameter of the first test method. Optional.",
      B2: "Parameter of the second test method. Optional.",
    },
    validate: async (task) => script.check(task),
    steps: [
      scriptedStep(script, "log_passthrough", { clean: 1, service: 0 }, undefined, { requiresRamdisk: false }),
      {
        step: "trigger_servicewait",
        flows: { service: 0 },
        abortable: false,
        async run(task) {
          await script.run(task, "trigger_servicewait");
          return "wait";
        },
      },
    ],
  };
});
