/**
 * Fake vendor interface: the methods and steps of its model, one of which waits for an operator (contract/drivers.json and
 * steps.json, vendor.fake).
 */
import { MissingParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { VendorMethod } from "../base/interfaces.ts";
import { FakeScript } from "./script.ts";
import { scriptedStep } from "./scripted-step.ts";

export default defineInterface("vendor", "fake", (services) => {
  const script = new FakeScript(services, "vendor");
  /** Takes as long as its script says; true when `bar` is the expected word. */
  const comparing = (method: string, word: string, how: Pick<VendorMethod, "async" | "exclusive">): VendorMethod => ({
    ...how,
    verbs: ["POST"],
    description: `Tells whether the value of bar is ${word}.`,
    check: (_task, args) => requireBar(method, args),
    async run(task, args) {
      await script.run(task, method);
      return args.bar === word;
    },
  });
  return {
    properties: {
      B1: "Parameter of the first test method. Optional.",
      B2: "Parameter of the second test method. Optional.",
    },
    validate: async (task) => script.check(task),
    methods: {
      fourth_method_shared_lock: comparing("fourth_method_shared_lock", "woof", { async: true, exclusive: false }),
      log_passthrough: {
        verbs: ["POST"],
        async: true,
        exclusive: true,
        description: "Does what its script says: to try waiting.",
        async run(task) {
          await script.run(task, "log_passthrough");
          return null;
        },
      },
      second_method: comparing("second_method", "kazoo", { async: true, exclusive: true }),
      third_method_sync: comparing("third_method_sync", "meow", { async: false, exclusive: true }),
    },
    steps: [
      scriptedStep(script, "log_passthrough", { clean: 1 }),
      scriptedStep(script, "log_passthrough", { service: 0 }, undefined, { requiresRamdisk: false }),
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

/** @throws MissingParameterValue */
function requireBar(method: string, args: JsonObject): void {
  if (args.bar === undefined || args.bar === null || args.bar === "")
    throw MissingParameterValue({ reason: `${method} needs the parameter "bar", which was not given.` });
}
