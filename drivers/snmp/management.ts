/**
 * Management interface `snmp` (ferric's own, off unless enabled): what the PDU measures on a node's outlet. A PDU chooses no
 * boot device: as with `noop`, the machine's own order counts.
 */
import type { SensorReading } from "../../common/sensors.ts";
import { defineInterface } from "../base/define.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { NoopManagement } from "../noop/management.ts";
import { OUTLET_PROPERTIES } from "./outlet.ts";
import { Pdu } from "./pdu.ts";

class OutletManagement extends NoopManagement {
  override readonly properties = OUTLET_PROPERTIES;
  readonly #pdu: Pdu;

  constructor(services: DriverServices) {
    super();
    this.#pdu = new Pdu(services);
  }

  override async validate(task: Task): Promise<void> {
    this.#pdu.check(task);
  }

  async readSensors(task: Task): Promise<readonly SensorReading[]> {
    return await this.#pdu.readings(task);
  }
}

export default defineInterface("management", "snmp", (services) => new OutletManagement(services));
