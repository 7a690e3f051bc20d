/** Power interface `snmp` (ferric's own, off unless enabled; keys as Ironic had them): outlets of a PDU. */
import { SnmpFailure } from "../../common/errors/power-switches.ts";
import type { PowerState } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import type { Move } from "../power-moves.ts";
import { type Pace, type PowerSwitch, SwitchedPower } from "../switched-power.ts";
import { OUTLET_PROPERTIES } from "./outlet.ts";
import { Pdu } from "./pdu.ts";

class OutletSwitch implements PowerSwitch {
  readonly properties = OUTLET_PROPERTIES;
  readonly moves: readonly Move[] = ["on", "off"];
  readonly failure = SnmpFailure;
  readonly pace: Pace;
  readonly #pdu: Pdu;

  constructor(services: DriverServices) {
    const { power_timeout, reboot_delay, power_action_delay } = services.config.snmp;
    this.pace = {
      limit: () => ({ seconds: power_timeout, option: "[snmp]power_timeout" }),
      rebootDelay: reboot_delay,
      actionDelay: power_action_delay,
    };
    this.#pdu = new Pdu(services);
  }

  check(task: Task): void {
    this.#pdu.check(task);
  }

  async read(task: Task): Promise<PowerState> {
    return await this.#pdu.powerState(task);
  }

  async make(task: Task, move: Move): Promise<boolean> {
    await task.ensureLock();
    await this.#pdu.switch(task, move === "on" ? "on" : "off");
    return true;
  }
}

export default defineInterface("power", "snmp", (services) => new SwitchedPower(services, new OutletSwitch(services)));
