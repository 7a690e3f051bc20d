/** Power interface `agent`: for machines without a BMC. Only a running ramdisk can be asked, and only to reboot. */
import { PowerStateFailure } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { wantsFastTrack } from "../../common/fast-track.ts";
import type { PowerState, PowerTarget, State } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { AgentClient } from "./client.ts";
import { agentIsFresh } from "./running-ramdisk.ts";

/** Here the machine runs its own system, or nobody can say what: a way out of these states must stay open. */
const WITHOUT_RAMDISK: readonly State[] = [
  ...(["active", "deploy failed", "error", "deleting", "adopting", "adopt failed"] as const),
  ...(["rescue", "rescue failed", "unrescuing", "unrescue failed", "service failed"] as const),
];

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
    if (!wantsFastTrack(task.node, this.#services.config.deploy.fast_track))
      throw InvalidParameterValue({
        reason: `Fast track mode must be enabled to use the agent power interface of node ${task.node.uuid}: set [deploy]fast_track = true, or use another power interface.`,
      });
    if (WITHOUT_RAMDISK.includes(task.node.provision_state) || agentIsFresh(task, this.#services)) return;
    throw InvalidParameterValue({
      reason: `The agent of node ${task.node.uuid} seems to be offline, so power interface agent cannot be used: start the machine into the ramdisk by hand; it must have called in within ${this.#services.config.deploy.fast_track_timeout} s ([deploy]fast_track_timeout).`,
    });
  }

  /** Nobody but the agent could tell, and that is no answer while the machine runs a system of its own. */
  async getPowerState(task: Task): Promise<PowerState | null> {
    return agentIsFresh(task, this.#services) ? "power on" : null;
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
