/** BMCs over ipmitool: its commands and what its words mean. */
import { IpmiFailure } from "../../common/errors/driver.ts";
import type { PowerState } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { IpmiAccess, PowerCommand, Target } from "./access.ts";
import { connectionOf } from "./connection.ts";
import { hexByte, Ipmitool } from "./ipmitool.ts";

class IpmitoolAccess implements IpmiAccess {
  readonly #tool: Ipmitool;

  constructor(services: DriverServices) {
    this.#tool = new Ipmitool(services);
  }

  check(node: Target): void {
    connectionOf(node.driver_info);
  }

  async powerState(node: Target, signal: AbortSignal): Promise<PowerState> {
    const output = await this.#tool.run(node, ["power", "status"], signal);
    if (/Chassis Power is on/i.test(output)) return "power on";
    if (/Chassis Power is off/i.test(output)) return "power off";
    throw IpmiFailure({ cmd: "power status", reason: `the BMC's answer tells no power state: ${output.trim()}` });
  }

  async command(node: Target, command: PowerCommand, signal: AbortSignal): Promise<void> {
    await this.#tool.run(node, ["power", command], signal);
  }

  async raw(node: Target, bytes: readonly number[], signal: AbortSignal): Promise<readonly number[]> {
    const output = await this.#tool.run(node, ["raw", ...bytes.map(hexByte)], signal);
    const words = output.trim().split(/\s+/);
    return words.every((word) => /^[0-9a-f]{2}$/i.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : [];
  }

  async resetBmc(node: Target, kind: "cold" | "warm", signal: AbortSignal): Promise<void> {
    await this.#tool.run(node, ["bmc", "reset", kind], signal);
  }
}

const made = new WeakMap<DriverServices, IpmiAccess>();

/** One for a conductor's interfaces, so that the queue for each BMC is one too. */
export function ipmitoolAccess(services: DriverServices): IpmiAccess {
  const found = made.get(services) ?? new IpmitoolAccess(services);
  made.set(services, found);
  return found;
}
