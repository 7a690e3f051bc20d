/** Power interface `amt` (ferric's own, off unless enabled): Intel Active Management Technology over WS-Management. */
import { AmtFailure } from "../../common/errors/power-switches.ts";
import type { PowerState } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { applyNotedDevice } from "../noted-boot-device.ts";
import { ALL_MOVES, type Move } from "../power-moves.ts";
import { type Pace, type PowerSwitch, SwitchedPower, standardPace } from "../switched-power.ts";
import { AMT_PROPERTIES } from "./connection.ts";
import { type AmtEngine, amtEngine, BOOT_NOTE } from "./engine.ts";

class AmtSwitch implements PowerSwitch {
  readonly properties = AMT_PROPERTIES;
  readonly moves = ALL_MOVES;
  readonly failure = AmtFailure;
  readonly pace: Pace;
  readonly #engine: AmtEngine;

  constructor(services: DriverServices) {
    this.pace = standardPace(services.config);
    this.#engine = amtEngine(services);
  }

  check(task: Task): void {
    this.#engine.check(task);
  }

  async read(task: Task): Promise<PowerState> {
    return await this.#engine.powerState(task);
  }

  async make(task: Task, move: Move): Promise<boolean> {
    if (move === "soft" && (await this.read(task)) === "power off") return false;
    if (move === "on") await applyNotedDevice(task, BOOT_NOTE, (device) => this.#engine.bootOnce(task, device), null);
    await task.ensureLock();
    await this.#engine.power(task, move);
    return true;
  }
}

export default defineInterface("power", "amt", (services) => new SwitchedPower(services, new AmtSwitch(services)));
