/** Steps that remove what the walk has made. */
import { NODE, OTHER } from "./record-steps.ts";
import { type Step, shows, step } from "./step.ts";

export function teardownSteps(): readonly Step[] {
  return [
    step("inspection rule delete", ["{rule}"]),
    step("runbook delete", ["CUSTOM_BOOK"]),
    step("deploy template delete", ["CUSTOM_WALK"]),
    step("volume target delete", ["{target}"]),
    step("volume connector delete", ["{connector}"]),
    step("port delete", ["c1000000-0000-4000-8000-000000000002"]),
    step("port group delete", ["walk-group"]),
    step("node maintenance set", [OTHER]),
    step("node delete", [OTHER]),
    step("node maintenance set", [NODE]),
    step("node delete", [NODE]),
    step("node delete", ["from-file"]),
    step("chassis delete", ["{chassis}"]),
    shows("node list", [], /^\[\]\s*$/),
  ];
}
