/** Power interface `ssh` (ferric's own, off unless enabled): virtual machines of a lab, by commands on their host. */
import { SshFailure } from "../../common/errors/power-switches.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerState } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { applyNotedDevice } from "../noted-boot-device.ts";
import { ALL_MOVES, type Move, stateAfter } from "../power-moves.ts";
import { type Pace, type PowerSwitch, SwitchedPower, standardPace } from "../switched-power.ts";
import { SSH_PROPERTIES } from "./connection.ts";
import { BOOT_NOTE, type VirtualHost, virtualHost } from "./host.ts";

class SshSwitch implements PowerSwitch {
  readonly properties = SSH_PROPERTIES;
  readonly moves = ALL_MOVES;
  readonly failure = SshFailure;
  readonly pace: Pace;
  readonly #host: VirtualHost;

  constructor(services: DriverServices) {
    this.pace = standardPace(services.config);
    this.#host = virtualHost(services);
  }

  check(task: Task): void {
    this.#host.machineOf(task);
  }

  async read(task: Task): Promise<PowerState> {
    return await this.#host.powerState(task);
  }

  async make(task: Task, move: Move): Promise<boolean> {
    const { type, virtType } = this.#host.machineOf(task);
    const command = type[move];
    if (command === undefined)
      throw InvalidParameterValue({
        reason: `driver_info/ssh_virt_type "${virtType}" has no command for ${move}; add it to [ssh]commands_file.`,
      });
    // Commands of these hosts fail for a machine that is there already.
    if ((await this.read(task)) === stateAfter(move)) return false;
    if (move === "on")
      await applyNotedDevice(task, BOOT_NOTE, (device) => this.#host.setBootDevice(task, device), "disk");
    await task.ensureLock();
    await this.#host.run(task, command);
    return true;
  }
}

export default defineInterface("power", "ssh", (services) => new SwitchedPower(services, new SshSwitch(services)));
