/** No inspection: it is refused before it starts. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { defineInterface } from "../base/define.ts";
import { refuses } from "./refuses.ts";

export default defineInterface("inspect", "no-inspect", () => ({
  properties: {},
  validate: refuses("inspection"),
  async inspectHardware(task) {
    throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "inspection" });
  },
}));
