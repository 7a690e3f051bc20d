/**
 * Reads the sensors of machines, and the hosts that have an SNMP agent, without a lock (polls.ts). A pass ends in its time:
 * what has not been read by then waits for the next one, and a controller that hangs keeps nobody but itself.
 */
import { anySignal } from "../../common/any-signal.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { NodeReadings } from "../../common/sensor-board.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { Condition } from "../../db/contract.ts";
import { hasHostAgent } from "../../drivers/snmp/host/has-host-agent.ts";
import type { Core } from "../core.ts";
import type { NodeTask } from "../task.ts";
import type { Poll, Polls } from "./polls.ts";

export type TellReadings = (readings: NodeReadings) => void;

/** Of one machine: a hundred sensors through ipmitool take a while. */
const LEAST_PATIENCE_MS = 60_000;
/** A machine that cannot be read is left out for so many passes at most: power sync tells whether it is there. */
const REST = 4;
const ALL = "all";

interface Found {
  /** Undefined: the type reads none; null: it could not. */
  readonly sensors: readonly SensorReading[] | null | undefined;
  readonly host: NodeReadings["host"];
}

export class SensorData {
  readonly #core: Core;
  readonly #polls: Polls;
  readonly #tell: TellReadings;

  constructor(core: Core, polls: Polls, tell: TellReadings) {
    this.#core = core;
    this.#polls = polls;
    this.#tell = tell;
  }

  async pass(stop: AbortSignal): Promise<void> {
    const { sensor_data: settings } = this.#core.config;
    if (!settings.enable_for_nodes) return;
    const late = AbortSignal.timeout(settings.wait_timeout * 1000);
    const { due, asked } = await this.#polls.pass(this.#poll(), anySignal([stop, late]));
    if (asked < due && !stop.aborted)
      this.#core.log.warn(
        { read: asked, left: due - asked },
        "not all machines were read in [sensor_data]wait_timeout; raise it, or workers",
      );
  }

  #poll(): Poll<void> {
    const { interval, workers, wait_timeout } = this.#core.config.sensor_data;
    return {
      name: "sensor data",
      every: interval,
      where: this.#due(),
      by: "management",
      workers,
      lasts: wait_timeout,
      leastPatienceMs: LEAST_PATIENCE_MS,
      restsAtMost: REST,
      read: (task) => this.#read(task),
      found: async () => {},
    };
  }

  /** Machines that are out of order, or that nobody uses, are left alone. */
  #due(): readonly Condition[] {
    const fit: readonly Condition[] = [{ field: "maintenance", is: false }];
    const { enable_for_undeployed_nodes: all } = this.#core.config.sensor_data;
    return all ? fit : [...fit, { field: "instance_uuid", null: false }];
  }

  /** Tells what there is, also when one of the two failed. @throws what the machine's controller failed with */
  async #read(task: NodeTask): Promise<void> {
    const failures: unknown[] = [];
    const noted = (what: string) => (error: unknown) => {
      failures.push(error);
      this.#missed(task.node.uuid, what, error);
      return null;
    };
    const found: Found = {
      sensors: await this.#sensors(task).catch(noted("sensors")),
      host: await this.#host(task).catch(noted("host")),
    };
    const { uuid: node, name, driver, instance_uuid: instance } = task.node;
    if (found.sensors !== undefined || found.host !== undefined) this.#tell({ node, name, driver, instance, ...found });
    if (found.sensors === null) throw failures[0];
  }

  async #sensors(task: NodeTask): Promise<readonly SensorReading[] | undefined> {
    const { management } = task.driver;
    if (management.readSensors === undefined) return undefined;
    return this.#wanted(await management.readSensors(task));
  }

  async #host({ node, signal }: NodeTask) {
    if (!hasHostAgent(node)) return undefined;
    // With net-snmp behind it: loaded with the first agent that is to be asked.
    const { hostReadings } = await import("../../drivers/snmp/host/host.ts");
    return await hostReadings(node, signal, this.#core.services.observe);
  }

  #wanted(sensors: readonly SensorReading[]): readonly SensorReading[] {
    const kinds = new Set(this.#core.config.sensor_data.data_types.map((type) => type.toLowerCase()));
    return kinds.has(ALL) ? sensors : sensors.filter(({ kind }) => kinds.has(kind));
  }

  #missed(node: string, what: string, error: unknown): void {
    this.#core.log.info({ error: reasonOf(error), node, what }, "readings of a machine are missing");
  }
}
