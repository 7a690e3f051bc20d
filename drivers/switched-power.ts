/**
 * A power interface over anything that can be switched and read: BMCs, outlets, virtual machines, management engines. An
 * action ends when the state is reached, which is read until then.
 */
import type { Config } from "../common/config/config.ts";
import { PowerStateFailure } from "../common/errors/driver.ts";
import { type FerricError, reasonOf } from "../common/errors/fault.ts";
import { InvalidParameterValue } from "../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../common/states.ts";
import type { PowerInterface } from "./base/interfaces.ts";
import type { DriverServices } from "./base/services.ts";
import type { Task } from "./base/task.ts";
import { MOVES, type Move, stateAfter, targetsOf } from "./power-moves.ts";
import { type PowerLimit, reachPower, standardLimit } from "./reach-power.ts";

export interface PowerSwitch {
  readonly properties: Readonly<Record<string, string>>;
  readonly moves: readonly Move[];
  /** Reading it holds neither a process nor a thread. */
  readonly light?: boolean;
  /** Its own fault, which becomes PowerStateFailure when it comes of a change of power. */
  readonly failure: { matches(error: unknown): error is FerricError };
  /** No slow work. @throws MissingParameterValue, InvalidParameterValue naming key, value and remedy */
  check(task: Task): Promise<void> | void;
  /** Takes no lock. @throws `failure` */
  read(task: Task): Promise<PowerState>;
  /**
   * Makes sure of the lock, asks for the change and does not wait for it. False: there was nothing to do, the machine is
   * there already. `seconds`: what the change may take. @throws `failure`
   */
  make(task: Task, move: Move, seconds: number): Promise<boolean>;
  readonly pace: Pace;
}

export interface Pace {
  /** What a state may take to be reached. */
  limit(move: Move): PowerLimit;
  /** Seconds between off and on of a reboot. */
  readonly rebootDelay: number;
  /** Seconds before the first look at what a change came to. */
  readonly actionDelay: number;
  /** Milliseconds between looks at most, where more of them would be a burden. */
  readonly longestPause?: number;
}

/** Within the conductor's own limits, without delays. */
export function standardPace(config: Pick<Config, "conductor">): Pace {
  return { limit: (move) => standardLimit(config, move === "soft"), rebootDelay: 0, actionDelay: 0 };
}

export class SwitchedPower implements PowerInterface {
  readonly properties: Readonly<Record<string, string>>;
  readonly supportedStates: readonly PowerTarget[];
  readonly light?: true;
  readonly #services: DriverServices;
  readonly #switch: PowerSwitch;

  constructor(services: DriverServices, power: PowerSwitch) {
    this.#services = services;
    this.#switch = power;
    this.properties = power.properties;
    this.supportedStates = targetsOf(power.moves);
    if (power.light === true) this.light = true;
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
    const { pace } = this.#switch;
    const limit = pace.limit(move);
    const seconds = timeout ?? limit.seconds;
    if (!(await this.#switch.make(task, move, seconds))) return;
    await this.#pause(task, pace.actionDelay);
    const goal = { ...limit, seconds, until: stateAfter(move), soft: move === "soft" };
    await reachPower(this.#services, task, () => this.#switch.read(task), goal, pace.longestPause);
  }

  async #pause(task: Task, seconds: number): Promise<void> {
    if (seconds > 0) await this.#services.sleep(seconds * 1000, task.signal);
  }
}
