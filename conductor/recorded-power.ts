/**
 * Power as every part of the conductor and every driver sees it: each change is fenced by the lock and recorded on the
 * node, whoever asked for it. The events are those of drivers/power-to.ts.
 */
import type { Json } from "../common/json.ts";
import type { NodeChanges } from "../common/objects/node.ts";
import type { PowerTarget } from "../common/states.ts";
import type { Driver, PowerInterface } from "../drivers/base/interfaces.ts";
import type { Task } from "../drivers/base/task.ts";
import { type Clock, timestamp } from "./clock.ts";

export const POWER_RESULT: Readonly<Record<PowerTarget, "power on" | "power off">> = {
  "power on": "power on",
  "power off": "power off",
  rebooting: "power on",
  "soft rebooting": "power on",
  "soft power off": "power off",
};

/** In driver_internal_info, as Ironic names it: when the machine was last switched by us. */
export const LAST_POWER_CHANGE = "last_power_state_change";

/** Keys that belong to one run of the ramdisk: with the machine off or restarted they are void. */
export const AGENT_SESSION_KEYS = [
  "agent_url",
  "agent_secret_token",
  "agent_secret_token_first",
  "agent_token_issuer",
  "agent_token_issued_at",
  "agent_verify_ca",
] as const;

/** The agent's session, forgotten. A token made before the boot (virtual media) outlives power changes. */
export function forgetAgent(
  info: Readonly<Record<string, Json>>,
  options: { evenPregenerated?: boolean } = {},
): Record<string, undefined> {
  const pregenerated = info.agent_secret_token_pregenerated === true && options.evenPregenerated !== true;
  const keys = AGENT_SESSION_KEYS.filter((key) => !(pregenerated && key === "agent_secret_token"));
  const all = options.evenPregenerated === true ? [...keys, "agent_secret_token_pregenerated"] : keys;
  return Object.fromEntries(all.map((key) => [key, undefined]));
}

interface RecordingTask extends Task {
  readonly core: { readonly clock: Clock };
  update(compute: () => NodeChanges): Promise<void>;
  internalInfo(changes: Readonly<Record<string, Json | undefined>>): Record<string, Json>;
}

export function withRecordedPower(driver: Driver, owner: RecordingTask): Driver {
  return { ...driver, power: recorded(driver.power, owner) };
}

function recorded(inner: PowerInterface, owner: RecordingTask): PowerInterface {
  return {
    properties: inner.properties,
    supportedStates: inner.supportedStates,
    ...(inner.steps === undefined ? {} : { steps: inner.steps }),
    ...(inner.light === undefined ? {} : { light: inner.light }),
    validate: (task) => inner.validate(task),
    getPowerState: (task) => inner.getPowerState(task),
    setPowerState: (task, target, options) => change(inner, owner, task, target, options),
  };
}

async function change(
  inner: PowerInterface,
  owner: RecordingTask,
  task: Task,
  target: PowerTarget,
  options?: { timeout?: number },
): Promise<void> {
  const result = POWER_RESULT[target];
  if (owner.node.target_power_state !== result) await owner.save({ target_power_state: result });
  await owner.ensureLock();
  try {
    await inner.setPowerState(task, target, options);
  } catch (error) {
    if (!owner.signal.aborted) await owner.save({ power_state: "error", target_power_state: null });
    throw error;
  }
  await owner.update(() => ({ power_state: result, target_power_state: null, ...internalInfo(owner, target) }));
}

function internalInfo(owner: RecordingTask, target: PowerTarget): NodeChanges {
  const session = target === "power on" ? {} : forgetAgent(owner.node.driver_internal_info);
  const changed = { [LAST_POWER_CHANGE]: timestamp(owner.core.clock()) };
  return { driver_internal_info: owner.internalInfo({ ...session, ...changed }) };
}
