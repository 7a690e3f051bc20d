/** BMCs over ipmitool: its commands and what its words mean. */
import { IpmiFailure } from "../../common/errors/driver.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { PowerState } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { Asker, IpmiAccess, PowerCommand, Target } from "./access.ts";
import { hexByte, Ipmitool, ipmitoolConnection } from "./ipmitool.ts";
import { readingsIn } from "./ipmitool-sensors.ts";

class IpmitoolAccess implements IpmiAccess {
  readonly isLight = false;
  readonly #tool: Ipmitool;

  constructor(services: DriverServices) {
    this.#tool = new Ipmitool(services);
  }

  check(node: Target): void {
    ipmitoolConnection(node);
  }

  async powerState({ node, signal }: Asker): Promise<PowerState> {
    const output = await this.#tool.run(node, ["power", "status"], signal);
    if (/Chassis Power is on/i.test(output)) return "power on";
    if (/Chassis Power is off/i.test(output)) return "power off";
    throw IpmiFailure({ cmd: "power status", reason: `the BMC's answer tells no power state: ${output.trim()}` });
  }

  async command({ node, signal }: Asker, command: PowerCommand): Promise<void> {
    await this.#tool.run(node, ["power", command], signal);
  }

  async raw({ node, signal }: Asker, bytes: readonly number[]): Promise<readonly number[]> {
    const output = await this.#tool.run(node, ["raw", ...bytes.map(hexByte)], signal);
    const words = output.trim().split(/\s+/);
    return words.every((word) => /^[0-9a-f]{2}$/i.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : [];
  }

  async resetBmc({ node, signal }: Asker, kind: "cold" | "warm"): Promise<void> {
    await this.#tool.run(node, ["bmc", "reset", kind], signal);
  }

  async sensors({ node, signal }: Asker): Promise<readonly SensorReading[]> {
    return readingsIn(await this.#tool.run(node, ["-c", "sdr", "list", "all"], signal));
  }
}

const made = new WeakMap<DriverServices, IpmiAccess>();

/** One for a conductor's interfaces, so that the queue for each BMC is one too. */
export function ipmitoolAccess(services: DriverServices): IpmiAccess {
  const found = made.get(services) ?? new IpmitoolAccess(services);
  made.set(services, found);
  return found;
}
