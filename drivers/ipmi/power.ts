/** Power over IPMI, whichever way a BMC is reached. */
import { IpmiFailure } from "../../common/errors/driver.ts";
import type { PowerState } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { bootModeOf } from "../boot-mode.ts";
import { ALL_MOVES, type Move } from "../power-moves.ts";
import { type Pace, type PowerSwitch, SwitchedPower, standardPace } from "../switched-power.ts";
import type { IpmiAccess } from "./access.ts";
import { reapplyBootDevice } from "./boot-device.ts";
import { PROPERTIES } from "./connection.ts";
import { ipmitoolAccess } from "./ipmitool-access.ts";

class IpmiSwitch implements PowerSwitch {
  readonly properties = PROPERTIES;
  readonly moves = ALL_MOVES;
  readonly light: boolean;
  readonly failure = IpmiFailure;
  readonly pace: Pace;
  readonly #config: DriverServices["config"];
  readonly #access: IpmiAccess;

  constructor({ config }: DriverServices, access: IpmiAccess) {
    this.light = access.isLight;
    this.pace = standardPace(config);
    this.#config = config;
    this.#access = access;
  }

  check({ node }: Task): void {
    this.#access.check(node);
  }

  read(task: Task): Promise<PowerState> {
    return this.#access.powerState(task);
  }

  async make(task: Task, move: Move): Promise<boolean> {
    if (move === "soft" && (await this.read(task)) === "power off") return false;
    if (move === "on") await reapplyBootDevice(task, this.#access, this.#config, bootModeOf(task.node, this.#config));
    await task.ensureLock();
    await this.#access.command(task, move);
    return true;
  }
}

export function ipmiPower(services: DriverServices, access: IpmiAccess): PowerInterface {
  return new SwitchedPower(services, new IpmiSwitch(services, access));
}

export default defineInterface("power", "ipmitool", (services) => ipmiPower(services, ipmitoolAccess(services)));
