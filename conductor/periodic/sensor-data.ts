/**
 * Reads the sensors of machines, and the hosts that have an SNMP agent, without a lock. A pass ends in its time: what has
 * not been read by then waits for the next one, and a controller that hangs keeps nobody but itself.
 */
import { anySignal } from "../../common/any-signal.ts";
import { serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeNotFound } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import { raceAbort } from "../../common/race-abort.ts";
import type { NodeReadings } from "../../common/sensor-board.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { Condition } from "../../db/contract.ts";
import { hasHostAgent, hostReadings } from "../../drivers/snmp/host/host.ts";
import type { Core } from "../core.ts";
import { NodeTask } from "../task.ts";
import { nodePages } from "./node-pages.ts";
import { eachOf } from "./scheduler.ts";

export type TellReadings = (readings: NodeReadings) => void;

/** Of one machine. */
const READ_LIMIT_MS = 60_000;
const ALL = "all";

export class SensorData {
  readonly #core: Core;
  readonly #tell: TellReadings;

  constructor(core: Core, tell: TellReadings) {
    this.#core = core;
    this.#tell = tell;
  }

  async pass(stop: AbortSignal): Promise<void> {
    const { sensor_data: settings } = this.#core.config;
    if (!settings.enable_for_nodes) return;
    const late = AbortSignal.timeout(settings.wait_timeout * 1000);
    const ends = anySignal([stop, late]);
    const owns = await this.#core.members.owned();
    const counted = { read: 0, left: 0 };
    for await (const page of nodePages(this.#core, this.#due())) {
      await eachOf(page.filter(owns), settings.workers, async (node) => {
        if (ends.aborted) counted.left++;
        else if (await this.#read(node.uuid, ends)) counted.read++;
      });
      if (stop.aborted) return;
    }
    if (counted.left > 0)
      this.#core.log.warn(counted, "not all machines were read in [sensor_data]wait_timeout; raise it, or workers");
  }

  /** Machines that are out of order, or that nobody uses, are left alone. */
  #due(): readonly Condition[] {
    const fit: readonly Condition[] = [{ field: "maintenance", is: false }];
    const { enable_for_undeployed_nodes: all } = this.#core.config.sensor_data;
    return all ? fit : [...fit, { field: "instance_uuid", null: false }];
  }

  /** False for a node that there is nothing to read of. */
  async #read(uuid: string, ends: AbortSignal): Promise<boolean> {
    const { stores, log } = this.#core;
    try {
      const node = await stores.nodes.getRevealed(uuid);
      const signal = anySignal([ends, AbortSignal.timeout(READ_LIMIT_MS)]);
      const sensors = await this.#sensors(node, signal);
      const host = await this.#host(node, signal);
      if (sensors === undefined && host === undefined) return false;
      const { name, driver, instance_uuid } = node;
      this.#tell({ node: uuid, name, driver, instance: instance_uuid, sensors, host });
      return true;
    } catch (error) {
      if (!NodeNotFound.matches(error)) log.warn({ error: reasonOf(error), node: uuid }, "a node could not be read");
      return false;
    }
  }

  /** Undefined: the type reads none; null: it could not. */
  async #sensors(node: Node, signal: AbortSignal): Promise<readonly SensorReading[] | null | undefined> {
    const task = new NodeTask(this.#core, node, null, {
      purpose: "sensor data",
      context: serviceContext("sensor-data"),
    });
    const end = () => task.interrupt(new Error("the time for reading the sensors is over"));
    try {
      const { management } = task.driver;
      if (management.readSensors === undefined) return undefined;
      signal.throwIfAborted();
      signal.addEventListener("abort", end, { once: true });
      return this.#wanted(await raceAbort(management.readSensors(task), task.signal));
    } catch (error) {
      this.#missed(node.uuid, "sensors", error);
      return null;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  async #host(node: Node, signal: AbortSignal) {
    if (!hasHostAgent(node)) return undefined;
    try {
      return await hostReadings(node, signal, this.#core.services.observe);
    } catch (error) {
      this.#missed(node.uuid, "host", error);
      return null;
    }
  }

  #wanted(sensors: readonly SensorReading[]): readonly SensorReading[] {
    const kinds = new Set(this.#core.config.sensor_data.data_types.map((type) => type.toLowerCase()));
    return kinds.has(ALL) ? sensors : sensors.filter(({ kind }) => kinds.has(kind));
  }

  #missed(node: string, what: string, error: unknown): void {
    this.#core.log.info({ error: reasonOf(error), node, what }, "readings of a machine are missing");
  }
}
