/** Rescue interface `agent`: the ramdisk with a login, on a machine whose own system does not start. */
import { InstanceDeployFailure, UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { MissingParameterValue } from "../../common/errors/request.ts";
import { defineInterface } from "../base/define.ts";
import type { RescueInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { canSwitchOff, ensureFreshStart, ensureOff, powerTo } from "../power-to.ts";
import { textOf } from "../reading.ts";
import { commandFailure } from "./agent-failure.ts";
import { AgentClient } from "./client.ts";
import { forgetAgent } from "./forget-agent.ts";
import { ramdiskParams } from "./ramdisk-params.ts";

class AgentRescue implements RescueInterface {
  readonly properties = {};
  readonly #services: DriverServices;
  readonly #client: AgentClient;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#client = new AgentClient(services);
  }

  async validate(task: Task): Promise<void> {
    const { boot } = task.driver;
    if (boot.validateRescue === undefined)
      throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "rescue with this boot interface" });
    await boot.validateRescue(task);
    ramdiskParams(task, this.#services.config);
  }

  async rescue(task: Task): Promise<StepOutcome> {
    const { boot, network } = task.driver;
    await ensureOff(task);
    await task.ensureLock();
    await network.unconfigureTenantNetworks(task);
    await network.addRescuingNetwork(task);
    await forgetAgent(task);
    await boot.prepareRamdisk(task, ramdiskParams(task, this.#services.config), "rescue");
    await ensureFreshStart(task);
    return "wait";
  }

  async finalizeRescue(task: Task): Promise<void> {
    const hash = textOf(task.node.instance_info.hashed_rescue_password);
    if (hash === null)
      throw MissingParameterValue({
        reason: `instance_info of node ${task.node.uuid} has no hashed_rescue_password; unrescue the node and rescue it again.`,
      });
    const params = { rescue_password: hash, hashed: true };
    const answer = await this.#client.execute(task, "rescue.finalize_rescue", params, { wait: true });
    if (answer.command_status === "FAILED")
      throw InstanceDeployFailure({ reason: `the agent could not set the rescue password: ${commandFailure(answer)}` });
    await task.driver.network.removeRescuingNetwork(task);
    await task.driver.network.configureTenantNetworks(task);
  }

  async unrescue(task: Task): Promise<void> {
    await ensureOff(task);
    await this.cleanUp(task);
    await task.driver.network.configureTenantNetworks(task);
    await task.driver.boot.prepareInstance(task);
    await powerTo(task, canSwitchOff(task) ? "power on" : "rebooting");
  }

  async cleanUp(task: Task): Promise<void> {
    await task.ensureLock();
    await task.driver.boot.cleanUpRamdisk(task, "rescue");
    await task.driver.network.removeRescuingNetwork(task);
  }
}

export default defineInterface("rescue", "agent", (services) => new AgentRescue(services));
