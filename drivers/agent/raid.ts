/** RAID interface `agent`: software RAID, built and taken down by the ramdisk's agent (contract/steps.json, raid.agent). */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { MissingParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Flow } from "../../common/steps.ts";
import { defineInterface } from "../base/define.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { LOGICAL_DISK_PROPERTIES } from "../logical-disk.ts";

const RAID_CONFIG = {
  raid_config: { description: "The RAID configuration to apply: an object with logical_disks.", required: true },
  delete_existing: { description: "Whether to delete what is there first. Default: true.", required: false },
};

const steps: readonly StepDef[] = [
  { step: "create_configuration", flows: { clean: 0 }, run: (task) => create(task) },
  { step: "delete_configuration", flows: { clean: 0 }, run: (task) => inAgent(task, "delete_configuration", {}) },
  {
    step: "apply_configuration",
    flows: { deploy: 0, service: 0 },
    argsinfo: RAID_CONFIG,
    run: (task, args) => inAgent(task, "apply_configuration", args),
  },
];

/** @throws MissingParameterValue: nothing to build */
async function create(task: Task): Promise<StepOutcome> {
  const { uuid, target_raid_config: target } = task.node;
  if (!Array.isArray(target.logical_disks) || target.logical_disks.length === 0)
    throw MissingParameterValue({
      reason: `Node ${uuid} has no target_raid_config; set it (states/raid) before create_configuration.`,
    });
  return inAgent(task, "create_configuration", {});
}

async function inAgent(task: Task, step: string, args: JsonObject): Promise<StepOutcome> {
  const { agent } = task.driver.deploy;
  if (agent === undefined)
    throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "RAID by the agent" });
  return agent.startStep(task, flowOf(task), { interface: "raid", step, priority: 0, args });
}

function flowOf({ node }: Task): Flow {
  if (typeof node.clean_step.step === "string") return "clean";
  return typeof node.service_step.step === "string" ? "service" : "deploy";
}

export default defineInterface("raid", "agent", () => ({
  properties: {},
  steps,
  logicalDiskProperties: () => LOGICAL_DISK_PROPERTIES,
  /** Without an agent to do it, a RAID cannot be built. */
  async validate(task) {
    if (task.driver.deploy.agent === undefined)
      throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "RAID by the agent" });
  },
}));
