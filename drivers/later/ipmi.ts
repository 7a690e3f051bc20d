/** What the IPMI types name and this release cannot do yet: the serial console, and Speed Select of Intel's machines. */
import { MissingParameterValue } from "../../common/errors/request.ts";
import { defineInterface } from "../base/define.ts";
import type { StepDef } from "../base/steps.ts";
import { connectionOf, PROPERTIES } from "../ipmi/connection.ts";
import ipmitoolManagement from "../ipmi/management.ts";
import { textOf } from "../reading.ts";
import { later, refusedStep } from "./later.ts";

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

export const serialConsole = later("console", "ipmitool-socat", {
  properties: {
    ...PROPERTIES,
    ipmi_terminal_port: "Port on which the conductor offers the console. Required for the serial console.",
  },
  check: ({ node }) => {
    connectionOf(node.driver_info);
    const port = node.driver_info.ipmi_terminal_port;
    if (typeof port !== "number" && textOf(port) === null)
      throw MissingParameterValue({
        reason: "driver_info/ipmi_terminal_port is missing; set it to the port that the console is offered on.",
      });
  },
});

export const intelManagement = defineInterface("management", "intel-ipmitool", (services) =>
  Object.assign(ipmitoolManagement.make(services), { steps: [SPEED_SELECT_IF_ASKED] }),
);
