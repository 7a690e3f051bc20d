/** Power by Redfish. */
import { RedfishFailure } from "../../common/errors/driver.ts";
import type { PowerState } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { ALL_MOVES, type Move, stateAfter } from "../power-moves.ts";
import { type Pace, type PowerSwitch, SwitchedPower, standardPace } from "../switched-power.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { System } from "./client/system.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";

/** Milliseconds between reads at most: a Redfish BMC has more to do for each. */
const LONGEST_PAUSE = 4000;
/** A BMC may refuse to switch while it is still at the change before. */
const [CONFLICT_TRIES, CONFLICT_PAUSE] = [6, 5000];

class RedfishSwitch implements PowerSwitch {
  readonly properties = REDFISH_PROPERTIES;
  readonly moves = ALL_MOVES;
  readonly failure = RedfishFailure;
  readonly pace: Pace;
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.pace = { ...standardPace(services.config), longestPause: LONGEST_PAUSE };
    this.#services = services;
    this.#access = redfishAccess(services);
  }

  check({ node }: Task): void {
    this.#access.check(node);
  }

  read(task: Task): Promise<PowerState> {
    return this.#access.system(task, "reading the power state", async (system) => stateOf(system));
  }

  make(task: Task, move: Move, seconds: number): Promise<boolean> {
    const until = stateAfter(move);
    return this.#access.system(task, `switching the machine (${until})`, async (system) => {
      // Many BMCs refuse to switch on what is on, or off what is off.
      if (stateOf(system) === until) return false;
      await task.ensureLock();
      await this.#switch(task, system, move, seconds);
      return true;
    });
  }

  async #switch(task: Task, system: System, move: Move, seconds: number): Promise<void> {
    const resets = { on: "On", off: "ForceOff", soft: system.quirks.softOff } as const;
    for (let tries = 1; ; tries++) {
      try {
        await system.reset(resets[move], { withinMs: seconds * 1000 });
        return;
      } catch (error) {
        if (isTrouble(error, "refused", "conflict") && stateOf(await system.refresh()) === stateAfter(move)) return;
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

export function redfishPower(services: DriverServices): PowerInterface {
  return new SwitchedPower(services, new RedfishSwitch(services));
}

export default defineInterface("power", "redfish", redfishPower);
