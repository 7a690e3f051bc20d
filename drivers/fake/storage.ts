/** Fake storage: nothing to attach. */
import { defineInterface } from "../base/define.ts";
import { FakeScript } from "./script.ts";

export default defineInterface("storage", "fake", (services) => {
  const script = new FakeScript(services, "storage");
  return { properties: {}, validate: async (task) => script.check(task) };
});
