/** A change of power is done when the machine is there: its state is read until then, within what the operator allows. */
import type { Config } from "../common/config/config.ts";
import { PowerStateFailure } from "../common/errors/driver.ts";
import type { PowerState } from "../common/states.ts";
import type { DriverServices } from "./base/services.ts";
import type { Task } from "./base/task.ts";

export interface PowerLimit {
  readonly seconds: number;
  /** The option that allows more. */
  readonly option: string;
}

export interface PowerGoal extends PowerLimit {
  readonly until: PowerState;
  /** By the operating system, which may have a mind of its own. */
  readonly soft?: boolean;
}

/** Milliseconds between reads: quick at first, since most machines react at once, then sparing the BMC. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [250, 2000];

/** The conductor's own limits. */
export function standardLimit({ conductor }: Pick<Config, "conductor">, soft: boolean): PowerLimit {
  return soft
    ? { seconds: conductor.soft_power_off_timeout, option: "[conductor]soft_power_off_timeout" }
    : { seconds: conductor.power_state_change_timeout, option: "[conductor]power_state_change_timeout" };
}

/** @throws PowerStateFailure when it is not there in time, what `read` throws, the signal's reason */
export async function reachPower(
  services: Pick<DriverServices, "now" | "sleep">,
  task: Task,
  read: () => Promise<PowerState>,
  { until, seconds, option, soft = false }: PowerGoal,
  longestPause = LONGEST_PAUSE,
): Promise<void> {
  const deadline = services.now() + seconds * 1000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(longestPause, pause * 2)) {
    if ((await read()) === until) return;
    if (services.now() + pause > deadline) break;
    await services.sleep(pause, task.signal);
  }
  const look = soft ? "its operating system may ignore the power button; use power off" : "look at the machine";
  throw PowerStateFailure({
    target: until,
    reason: `not reached within ${seconds} s: ${look}, or allow it more time (${option}).`,
  });
}
