/** Power interface `agent`: for machines without a BMC. Only a running ramdisk can be asked, and only to reboot. */
import { PowerStateFailure } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { AgentClient } from "./client.ts";

class AgentPower implements PowerInterface {
  readonly properties = {};
  readonly supportedStates: readonly PowerTarget[] = ["rebooting", "soft rebooting"];
  readonly #client: AgentClient;
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#client = new AgentClient(services);
  }

  /** Without fast track every flow begins by switching the machine, which nobody here could. */
  async validate(task: Task): Promise<void> {
    if (!this.#services.config.deploy.fast_track)
      throw InvalidParameterValue({
        reason: `Fast track mode must be enabled to use the agent power interface of node ${task.node.uuid}: set [deploy]fast_track = true, or use another power interface.`,
      });
  }

  /** Nobody but the machine itself could tell. */
  async getPowerState(): Promise<PowerState | null> {
    return null;
  }

  async setPowerState(task: Task, target: PowerTarget): Promise<void> {
    if (!this.supportedStates.includes(target))
      throw InvalidParameterValue({
        reason: `Power interface agent cannot do "${target}"; it can only reboot a machine whose ramdisk runs. Use the machine's own switch.`,
      });
    if (typeof task.node.driver_internal_info.agent_url !== "string")
      throw PowerStateFailure({
        target,
        reason: `no agent runs on node ${task.node.uuid} that could restart it; start the machine into the ramdisk by hand.`,
      });
    await this.#client.execute(task, "standby.run_image", {}, { wait: false });
  }
}

export default defineInterface("power", "agent", (services) => new AgentPower(services));
