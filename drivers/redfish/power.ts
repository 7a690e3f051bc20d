/** Power by Redfish. An action ends when the machine has reached the state, which is read until then. */
import { PowerStateFailure, RedfishFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { reachPower, standardLimit } from "../reach-power.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { ResetType, System } from "./client/system.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";

interface Move {
  readonly reset: ResetType | "soft";
  readonly until: "power on" | "power off";
}

const ON: Move = { reset: "On", until: "power on" };
const OFF: Move = { reset: "ForceOff", until: "power off" };
const SOFT: Move = { reset: "soft", until: "power off" };
/** Off before on: a restart may end before the machine has let go of its memory, and what boots next is not sure. */
const MOVES: Readonly<Record<PowerTarget, readonly Move[]>> = {
  "power on": [ON],
  "power off": [OFF],
  "soft power off": [SOFT],
  rebooting: [OFF, ON],
  "soft rebooting": [SOFT, ON],
};
/** Milliseconds between reads at most: a Redfish BMC has more to do for each. */
const LONGEST_PAUSE = 4000;
/** A BMC may refuse to switch while it is still at the change before. */
const [CONFLICT_TRIES, CONFLICT_PAUSE] = [6, 5000];

export class RedfishPower implements PowerInterface {
  readonly properties = REDFISH_PROPERTIES;
  readonly supportedStates = Object.keys(MOVES) as PowerTarget[];
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#access = redfishAccess(services);
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  getPowerState(task: Task): Promise<PowerState> {
    return this.#access.system(task, "reading the power state", async (system) => stateOf(system));
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
      throw RedfishFailure.matches(error) ? PowerStateFailure({ target, reason: reasonOf(error) }, error) : error;
    }
  }

  async #make(task: Task, move: Move, timeout: number | undefined): Promise<void> {
    const what = `switching the machine (${move.until})`;
    const isThere = await this.#access.system(task, what, async (system) => {
      // Many BMCs refuse to switch on what is on, or off what is off.
      if (stateOf(system) === move.until) return true;
      await task.ensureLock();
      await this.#switch(task, system, move);
      return false;
    });
    if (isThere) return;
    const soft = move === SOFT;
    const limit = standardLimit(this.#services.config, soft);
    const goal = { ...limit, seconds: timeout ?? limit.seconds, until: move.until, soft };
    await reachPower(this.#services, task, () => this.getPowerState(task), goal, LONGEST_PAUSE);
  }

  async #switch(task: Task, system: System, move: Move): Promise<void> {
    const reset = move.reset === "soft" ? system.quirks.softOff : move.reset;
    for (let tries = 1; ; tries++) {
      try {
        await system.reset(reset);
        return;
      } catch (error) {
        if (isTrouble(error, "refused", "conflict") && stateOf(await system.refresh()) === move.until) return;
        if (!isTrouble(error, "conflict") || tries >= CONFLICT_TRIES) throw error;
        await this.#services.sleep(CONFLICT_PAUSE, task.signal);
        await task.ensureLock();
      }
    }
  }
}

function stateOf(system: System): "power on" | "power off" {
  return system.powerState() === "on" ? "power on" : "power off";
}

export default defineInterface("power", "redfish", (services) => new RedfishPower(services));
