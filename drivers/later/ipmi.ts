/** What the IPMI types name and this release cannot do yet: Speed Select of Intel's machines. */
import { defineInterface } from "../base/define.ts";
import type { StepDef } from "../base/steps.ts";
import ipmitoolManagement from "../ipmi/management.ts";
import { refusedStep } from "./later.ts";

const SPEED_SELECT = refusedStep("Speed Select of the management interface intel-ipmitool", {
  step: "configure_intel_speedselect",
  flows: { deploy: 200 },
  args: { intel_speedselect_config: true, socket_count: false },
});

/** It stands in every deploy; only one that brings a configuration is refused. */
const SPEED_SELECT_IF_ASKED: StepDef = {
  ...SPEED_SELECT,
  run: async (task, args) =>
    args.intel_speedselect_config === undefined ? "done" : await SPEED_SELECT.run(task, args),
};

export const intelManagement = defineInterface("management", "intel-ipmitool", (services) =>
  Object.assign(ipmitoolManagement.make(services), { steps: [SPEED_SELECT_IF_ASKED] }),
);
