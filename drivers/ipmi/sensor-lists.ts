/**
 * Which sensors each BMC has, read once from its records: those change with the hardware only, and their stamp tells.
 * Machines of one model share a list.
 */
import type { Send } from "./client/client.ts";
import { IpmiError } from "./client/ipmi-error.ts";
import { sdrStamp } from "./client/sdr.ts";
import type { Sensor } from "./client/sensor-record.ts";
import { findSensors } from "./client/sensors.ts";

interface Known {
  readonly stamp: string;
  /** Milliseconds, by the clock of the conductor. */
  readonly until: number;
  readonly sensors: readonly Sensor[];
}

/** A BMC that keeps its stamp although its records have changed is found out after this. */
const HOLDS_MS = 6 * 3600_000;
const MOST_BMCS = 50_000;
const MOST_MODELS = 1000;

export class SensorLists {
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #models = new Map<string, readonly Sensor[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `bmc`: its address. @throws IpmiError */
  async of(bmc: string, send: Send): Promise<readonly Sensor[]> {
    const stamp = await stampOf(send);
    const known = this.#known.get(bmc);
    if (known !== undefined && known.stamp === stamp && known.until > this.#now()) return known.sensors;
    const sensors = this.#shared(await findSensors(send));
    if (this.#known.size >= MOST_BMCS) this.#known.clear();
    this.#known.set(bmc, { stamp, until: this.#now() + HOLDS_MS, sensors });
    return sensors;
  }

  #shared(sensors: readonly Sensor[]): readonly Sensor[] {
    const model = JSON.stringify(sensors);
    const same = this.#models.get(model);
    if (same !== undefined) return same;
    if (this.#models.size >= MOST_MODELS) this.#models.clear();
    this.#models.set(model, sensors);
    return sensors;
  }
}

/** BMCs that tell nothing about their repository are taken at their word for HOLDS_MS. */
async function stampOf(send: Send): Promise<string> {
  try {
    return await sdrStamp(send);
  } catch (error) {
    if (error instanceof IpmiError && error.trouble === "refused") return "";
    throw error;
  }
}
