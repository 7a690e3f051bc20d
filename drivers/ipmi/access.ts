/** What the IPMI interfaces ask of a BMC, whichever way it is reached: over ipmitool or over the native client. */
import type { Node } from "../../common/objects/node.ts";
import type { PowerState } from "../../common/states.ts";

export type Target = Pick<Node, "uuid" | "driver_info">;
/** "diag": a diagnostic interrupt (NMI). */
export type PowerCommand = "on" | "off" | "soft" | "diag";

/** All throw IpmiFailure naming BMC, user and remedy, and the signal's reason when it aborts. */
export interface IpmiAccess {
  /** No slow work. @throws MissingParameterValue, InvalidParameterValue */
  check(node: Target): void;
  powerState(node: Target, signal: AbortSignal): Promise<PowerState>;
  command(node: Target, command: PowerCommand, signal: AbortSignal): Promise<void>;
  /** Network function, command and data; answers what stands behind the completion code. */
  raw(node: Target, bytes: readonly number[], signal: AbortSignal): Promise<readonly number[]>;
  resetBmc(node: Target, kind: "cold" | "warm", signal: AbortSignal): Promise<void>;
}
