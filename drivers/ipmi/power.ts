/** Power over IPMI. An action ends when the machine has reached the state, which is read until then. */
import { IpmiFailure, PowerStateFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { bootModeOf } from "../boot-mode.ts";
import { reachPower, standardLimit } from "../reach-power.ts";
import type { IpmiAccess } from "./access.ts";
import { reapplyBootDevice } from "./boot-device.ts";
import { PROPERTIES } from "./connection.ts";
import { ipmitoolAccess } from "./ipmitool-access.ts";

interface Move {
  readonly command: "on" | "off" | "soft";
  readonly until: "power on" | "power off";
}

const ON: Move = { command: "on", until: "power on" };
const OFF: Move = { command: "off", until: "power off" };
const SOFT: Move = { command: "soft", until: "power off" };
/** Off before on: a cycle or reset may end before the machine has let go of its memory, and some BMCs refuse them. */
const MOVES: Readonly<Record<PowerTarget, readonly Move[]>> = {
  "power on": [ON],
  "power off": [OFF],
  "soft power off": [SOFT],
  rebooting: [OFF, ON],
  "soft rebooting": [SOFT, ON],
};

export class IpmiPower implements PowerInterface {
  readonly properties = PROPERTIES;
  readonly supportedStates = Object.keys(MOVES) as PowerTarget[];
  readonly #services: DriverServices;
  readonly #access: IpmiAccess;

  readonly light?: true;

  constructor(services: DriverServices, access: IpmiAccess) {
    this.#services = services;
    this.#access = access;
    if (access.isLight) this.light = true;
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  async getPowerState(task: Task): Promise<PowerState> {
    return await this.#access.powerState(task);
  }

  async setPowerState(task: Task, target: PowerTarget, options: { timeout?: number } = {}): Promise<void> {
    const moves = MOVES[target];
    if (moves === undefined)
      throw InvalidParameterValue({
        reason: `Power state "${target}" is not known; use one of: ${this.supportedStates.join(", ")}.`,
      });
    try {
      for (const move of moves) await this.#make(task, move, options.timeout);
    } catch (error) {
      task.signal.throwIfAborted();
      throw PowerStateFailure.matches(error) || !IpmiFailure.matches(error)
        ? error
        : PowerStateFailure({ target, reason: reasonOf(error) }, error);
    }
  }

  async #make(task: Task, move: Move, timeout: number | undefined): Promise<void> {
    if (move === SOFT && (await this.getPowerState(task)) === "power off") return;
    if (move === ON)
      await reapplyBootDevice(task, this.#access, this.#services.config, bootModeOf(task.node, this.#services.config));
    await task.ensureLock();
    await this.#access.command(task, move.command);
    const soft = move === SOFT;
    const limit = standardLimit(this.#services.config, soft);
    const goal = { ...limit, seconds: timeout ?? limit.seconds, until: move.until, soft };
    await reachPower(this.#services, task, () => this.getPowerState(task), goal);
  }
}

export default defineInterface("power", "ipmitool", (services) => new IpmiPower(services, ipmitoolAccess(services)));
