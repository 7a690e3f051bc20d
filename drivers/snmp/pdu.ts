/** A node's outlet on its PDU: reads, switches and measures it, by the table of its model. */
import type { FerricError } from "../../common/errors/fault.ts";
import { SnmpFailure } from "../../common/errors/power-switches.ts";
import type { SensorKind, SensorReading } from "../../common/sensors.ts";
import type { PowerState } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { type SnmpSession, type SnmpValue, withSnmp } from "./client/session.ts";
import { SnmpError, type SnmpTrouble } from "./client/snmp-error.ts";
import { type Outlet, outletOf } from "./outlet.ts";
import { instanceOf, modelOfSystem, PDU_MODELS, type PduModel, type PduSensor, SYSTEM_OBJECT } from "./pdu-models.ts";

/** Milliseconds between looks at an outlet that is changing. */
const CHANGE_PAUSE = 500;
const UNITS: Readonly<Partial<Record<SensorKind, string>>> = { current: "Amps", voltage: "Volts", power: "Watts" };
const REMEDIES: Readonly<Record<SnmpTrouble, string>> = {
  silent:
    "check driver_info/snmp_address, snmp_port, snmp_version and the community, and that UDP reaches the PDU; a wrong community gets no answer",
  credentials: "correct driver_info/snmp_user and its snmp_auth_* and snmp_priv_* keys",
  address: "correct driver_info/snmp_address or the name service",
  refused: "check that community or user may do this, and driver_info/snmp_outlet and snmp_driver",
  malformed: "check that the address is the PDU's",
};

interface Found {
  readonly name: string;
  readonly model: PduModel;
  readonly instance: string;
}

export class Pdu {
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
  }

  /** @throws MissingParameterValue, InvalidParameterValue */
  check({ node }: Task): void {
    outletOf(node.driver_info, this.#services.config);
  }

  async powerState(task: Task): Promise<PowerState> {
    const deadline = this.#services.now() + this.#services.config.snmp.power_timeout * 1000;
    return await this.#ask(task, "power state", "reader", async (session, found) => {
      for (;;) {
        const state = await stateOf(session, found);
        if (state !== "changing") return state;
        if (this.#services.now() >= deadline) throw new SnmpError("malformed", "the outlet is changing without end");
        await this.#services.sleep(CHANGE_PAUSE, task.signal);
      }
    });
  }

  async switch(task: Task, move: "on" | "off"): Promise<void> {
    await this.#ask(task, `outlet ${move}`, "writer", async (session, { model, instance }) => {
      const { column, value } = model[move];
      await session.set([{ oid: `${column}.${instance}`, type: "integer", value }]);
    });
  }

  /** What the PDU measures; none for models without a meter. */
  async readings(task: Task): Promise<readonly SensorReading[]> {
    return await this.#ask(task, "readings", "reader", async (session, { model, instance }) => {
      const oids = new Map((model.sensors ?? []).map((sensor) => [oidOf(sensor, instance), sensor]));
      const values = await session.get([...oids.keys()]);
      return [...oids].flatMap(([oid, sensor]) => readingOf(sensor, values.get(oid)));
    });
  }

  async #ask<T>(
    task: Task,
    operation: string,
    role: "reader" | "writer",
    work: (session: SnmpSession, found: Found) => Promise<T>,
  ): Promise<T> {
    const outlet = outletOf(task.node.driver_info, this.#services.config);
    const { [role]: agent } = outlet;
    const address = `${agent.host}:${agent.port}`;
    const observe = (request: string, answer: string | null, fault: string | null, ms: number) =>
      this.#services.observe?.(task.node.uuid, { protocol: "snmp", address, request, answer, fault, ms });
    try {
      return await withSnmp(agent, task.signal, async (session) => work(session, await find(session, outlet)), observe);
    } catch (error) {
      task.signal.throwIfAborted();
      throw error instanceof SnmpError ? faultOf(error, address, operation, outlet) : error;
    }
  }
}

async function find(session: SnmpSession, { model, outlet }: Outlet): Promise<Found> {
  const name = model ?? (await modelOfPdu(session));
  const found = PDU_MODELS[name];
  if (found === undefined) throw new SnmpError("refused", `there is no model ${name}`);
  return { name, model: found, instance: instanceOf(found, outlet) };
}

async function modelOfPdu(session: SnmpSession): Promise<string> {
  const system = (await session.get([SYSTEM_OBJECT])).get(SYSTEM_OBJECT);
  const name = modelOfSystem(String(system));
  if (name !== null) return name;
  throw new SnmpError(
    "refused",
    `the PDU calls itself ${system === undefined ? "nothing" : String(system).slice(0, 80)} (sysObjectID), which is no known model: name one in driver_info/snmp_driver`,
  );
}

async function stateOf(session: SnmpSession, { name, model, instance }: Found) {
  const oid = `${model.state}.${instance}`;
  const value = (await session.get([oid])).get(oid);
  if (value === undefined)
    throw new SnmpError("refused", `it has no ${oid}, the state of outlet ${instance} of a ${name}`);
  const state = model.states[Number(value)];
  if (state !== undefined) return state;
  throw new SnmpError(
    "malformed",
    `outlet ${instance} of a ${name} says ${String(value).slice(0, 40)}, neither on nor off`,
  );
}

function oidOf({ column, object, suffix }: PduSensor, instance: string): string {
  if (column === undefined) return object ?? "";
  return suffix === undefined ? `${column}.${instance}` : `${column}.${instance}.${suffix}`;
}

/** Meters that a PDU of this model does not have answer nothing, or a negative number. */
function readingOf({ name, kind, scale }: PduSensor, value: SnmpValue | undefined): readonly SensorReading[] {
  const number = Number(Buffer.isBuffer(value) ? value.toString("latin1") : (value ?? Number.NaN));
  if (!Number.isFinite(number) || number < 0) return [];
  // Tenths and hundredths are not exact in binary.
  return [{ name, kind, value: Number((number * scale).toFixed(3)), unit: UNITS[kind] ?? null, status: "ok" }];
}

function faultOf(error: SnmpError, address: string, operation: string, { outlet }: Outlet): FerricError {
  const reason = `PDU ${address}, outlet ${outlet}: ${error.message}; ${REMEDIES[error.trouble]}.`;
  return SnmpFailure({ operation, reason }, error);
}
