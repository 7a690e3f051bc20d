/**
 * A power interface over anything that can be switched and read: outlets, virtual machines, management engines. An action
 * ends when the state is reached, which is read until then.
 */
import type { Config } from "../common/config/config.ts";
import { PowerStateFailure } from "../common/errors/driver.ts";
import { type FerricError, reasonOf } from "../common/errors/fault.ts";
import { InvalidParameterValue } from "../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../common/states.ts";
import type { PowerInterface } from "./base/interfaces.ts";
import type { DriverServices } from "./base/services.ts";
import type { Task } from "./base/task.ts";
import { type PowerLimit, reachPower, standardLimit } from "./reach-power.ts";

export type Move = "on" | "off" | "soft";

export interface PowerSwitch {
  readonly properties: Readonly<Record<string, string>>;
  readonly moves: readonly Move[];
  /** Its own fault, which becomes PowerStateFailure when it comes of a change of power. */
  readonly failure: { matches(error: unknown): error is FerricError };
  /** No slow work. @throws MissingParameterValue, InvalidParameterValue naming key, value and remedy */
  check(task: Task): Promise<void> | void;
  /** Takes no lock. @throws `failure` */
  read(task: Task): Promise<PowerState>;
  /** Asks for the change and does not wait for it. @throws `failure` */
  make(task: Task, move: Move): Promise<void>;
  readonly pace: Pace;
}

export interface Pace {
  /** What a state may take to be reached. */
  limit(move: Move): PowerLimit;
  /** Seconds between off and on of a reboot. */
  readonly rebootDelay: number;
  /** Seconds before the first look at what a change came to. */
  readonly actionDelay: number;
}

/** Within the conductor's own limits, without delays. */
export function standardPace(config: Pick<Config, "conductor">): Pace {
  return { limit: (move) => standardLimit(config, move === "soft"), rebootDelay: 0, actionDelay: 0 };
}

const MOVES: Readonly<Record<PowerTarget, readonly Move[]>> = {
  "power on": ["on"],
  "power off": ["off"],
  "soft power off": ["soft"],
  rebooting: ["off", "on"],
  "soft rebooting": ["soft", "on"],
};
const REACHED: Readonly<Record<Move, PowerState>> = { on: "power on", off: "power off", soft: "power off" };

export class SwitchedPower implements PowerInterface {
  readonly properties: Readonly<Record<string, string>>;
  readonly supportedStates: readonly PowerTarget[];
  readonly #services: DriverServices;
  readonly #switch: PowerSwitch;

  constructor(services: DriverServices, power: PowerSwitch) {
    this.#services = services;
    this.#switch = power;
    this.properties = power.properties;
    const targets = Object.keys(MOVES) as PowerTarget[];
    this.supportedStates = targets.filter((target) => MOVES[target].every((move) => power.moves.includes(move)));
  }

  async validate(task: Task): Promise<void> {
    await this.#switch.check(task);
  }

  async getPowerState(task: Task): Promise<PowerState> {
    return await this.#switch.read(task);
  }

  async setPowerState(task: Task, target: PowerTarget, options: { timeout?: number } = {}): Promise<void> {
    if (!this.supportedStates.includes(target))
      throw InvalidParameterValue({
        reason: `Power state "${target}" cannot be had here; use one of: ${this.supportedStates.join(", ")}.`,
      });
    try {
      for (const [index, move] of MOVES[target].entries()) {
        if (index > 0) await this.#pause(task, this.#switch.pace.rebootDelay);
        await this.#make(task, move, options.timeout);
      }
    } catch (error) {
      task.signal.throwIfAborted();
      throw this.#switch.failure.matches(error) ? PowerStateFailure({ target, reason: reasonOf(error) }, error) : error;
    }
  }

  async #make(task: Task, move: Move, timeout: number | undefined): Promise<void> {
    if (move === "soft" && (await this.#switch.read(task)) === "power off") return;
    await task.ensureLock();
    await this.#switch.make(task, move);
    await this.#pause(task, this.#switch.pace.actionDelay);
    const limit = this.#switch.pace.limit(move);
    const goal = { ...limit, seconds: timeout ?? limit.seconds, until: REACHED[move], soft: move === "soft" };
    await reachPower(this.#services, task, () => this.#switch.read(task), goal);
  }

  async #pause(task: Task, seconds: number): Promise<void> {
    if (seconds > 0) await this.#services.sleep(seconds * 1000, task.signal);
  }
}
