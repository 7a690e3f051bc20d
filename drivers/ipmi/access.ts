/** What the IPMI interfaces ask of a BMC, whichever way it is reached: over ipmitool or over the native client. */
import type { Node } from "../../common/objects/node.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { PowerState } from "../../common/states.ts";
import type { Task } from "../base/task.ts";

export type Target = Pick<Node, "uuid" | "driver_info">;
/** Whose BMC, until when, and when it is needed again: a task is one. */
export interface Asker extends Pick<Task, "signal" | "nextUseMs"> {
  readonly node: Target;
}
/** "diag": a diagnostic interrupt (NMI). */
export type PowerCommand = "on" | "off" | "soft" | "diag";

/** All throw IpmiFailure naming BMC, user and remedy, and the signal's reason when it aborts. */
export interface IpmiAccess {
  /** Asks without a process. */
  readonly isLight: boolean;
  /** No slow work. @throws MissingParameterValue, InvalidParameterValue */
  check(node: Target): void;
  powerState(asker: Asker): Promise<PowerState>;
  command(asker: Asker, command: PowerCommand): Promise<void>;
  /** Network function, command and data; answers what stands behind the completion code. */
  raw(asker: Asker, bytes: readonly number[]): Promise<readonly number[]>;
  resetBmc(asker: Asker, kind: "cold" | "warm"): Promise<void>;
  sensors(asker: Asker): Promise<readonly SensorReading[]>;
}
