/**
 * The newest readings of this conductor's machines, as lines of Prometheus' text format. A node's lines are made when it
 * is read, not when somebody fetches them: ten thousand nodes have hundreds of thousands.
 */
import { HOST_METRICS, type HostReading } from "./host-metrics.ts";
import type { SensorReading, SensorStatus } from "./sensors.ts";

export interface NodeReadings {
  readonly node: string;
  readonly name: string | null;
  readonly driver: string;
  readonly instance: string | null;
  /** Null: they could not be read this time, and the last ones stay. Undefined: the node has none to read. */
  readonly sensors: readonly SensorReading[] | null | undefined;
  readonly host: readonly HostReading[] | null | undefined;
}

export interface BoardLimits {
  /** Sensors, and values of the host, of one node. */
  readonly perNode: number;
  /** Milliseconds after which readings that were not renewed are shown no more. */
  readonly keepMs: number;
}

interface Shown {
  at: number;
  readonly lines: Map<string, string>;
}

interface Family {
  readonly help: string;
  readonly type: "gauge" | "counter";
}

const STATUS: Readonly<Record<SensorStatus, number>> = {
  ok: 0,
  "non-critical": 1,
  critical: 2,
  "non-recoverable": 3,
  unavailable: -1,
};

/** By kind and unit; whatever is not here is `ferric_sensor_other`, with its unit as a label. */
const SENSOR_FAMILIES: Readonly<Record<string, string>> = {
  "temperature Celsius": "ferric_sensor_temperature_celsius",
  "fan RPM": "ferric_sensor_fan_rpm",
  "fan percent": "ferric_sensor_fan_percent",
  "voltage Volts": "ferric_sensor_voltage_volts",
  "current Amps": "ferric_sensor_current_amperes",
  "power Watts": "ferric_sensor_power_watts",
};
const INFO = "ferric_node_info";
const TIME = "ferric_sensor_read_timestamp_seconds";
const OK = "ferric_sensor_read_success";
const LEFT_OUT = "ferric_sensor_left_out";
const STATUSES = "ferric_sensor_status";
const OTHER = "ferric_sensor_other";

/** All that lines are made of, in the order in which they are told. */
export const BOARD_FAMILIES: Readonly<Record<string, Family>> = {
  [INFO]: { help: "1 for each node whose machine is read; its name and hardware type are labels.", type: "gauge" },
  [TIME]: { help: "When the node's machine was last read, or tried.", type: "gauge" },
  [OK]: { help: "Whether the last reading of sensors, or of the host, went well.", type: "gauge" },
  [LEFT_OUT]: { help: "Values left out for [prometheus]max_sensors_per_node.", type: "gauge" },
  ferric_sensor_temperature_celsius: { help: "Temperatures.", type: "gauge" },
  ferric_sensor_fan_rpm: { help: "Fans, by turns a minute.", type: "gauge" },
  ferric_sensor_fan_percent: { help: "Fans, by share of their full speed.", type: "gauge" },
  ferric_sensor_voltage_volts: { help: "Voltages.", type: "gauge" },
  ferric_sensor_current_amperes: { help: "Currents.", type: "gauge" },
  ferric_sensor_power_watts: { help: "Power.", type: "gauge" },
  [OTHER]: { help: "Sensors of other kinds, by their unit.", type: "gauge" },
  [STATUSES]: {
    help: "By the machine's own thresholds: 0 ok, 1 non-critical, 2 critical, 3 non-recoverable, -1 it does not measure now.",
    type: "gauge",
  },
  ...Object.fromEntries(
    Object.entries(HOST_METRICS).map(([name, { help, type }]) => [hostFamily(name), { help, type }]),
  ),
};

/** Nodes that are looked at, and characters that are joined, in one go: a millisecond or so of the event loop each. */
const MOST_NODES = 500;
const MOST_CHARACTERS = 64 * 1024;

export class SensorBoard {
  readonly #limits: BoardLimits;
  readonly #clock: () => number;
  readonly #nodes = new Map<string, Shown>();

  constructor(limits: BoardLimits, clock: () => number = Date.now) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#nodes.size;
  }

  show(readings: NodeReadings): void {
    const now = this.#clock();
    const { node, name, driver, sensors, host } = readings;
    const lines = new Map(this.#nodes.get(node)?.lines);
    const of = labelled({ node });
    lines.set(INFO, line(INFO, labelled({ node, name: name ?? "", driver }), 1));
    lines.set(TIME, line(TIME, of, now / 1000));
    const asked = (["sensors", "host"] as const).filter((side) => readings[side] !== undefined);
    lines.set(OK, asked.map((of) => line(OK, labelled({ node, of }), readings[of] === null ? 0 : 1)).join(""));
    if (sensors !== null) this.#replace(lines, "ferric_sensor_", this.#sensorLines(node, sensors ?? []));
    if (host !== null) this.#replace(lines, "ferric_host_", this.#hostLines(node, host ?? []));
    const { perNode } = this.#limits;
    const leftOut = Math.max(0, (sensors?.length ?? 0) - perNode) + Math.max(0, (host?.length ?? 0) - perNode);
    lines.set(LEFT_OUT, line(LEFT_OUT, of, leftOut));
    this.#nodes.set(node, { at: now, lines });
  }

  /**
   * The text as it is when the first part is asked for: what is read meanwhile is not half in it. Parts are small, and some
   * are empty, so that the caller may do other things between any two.
   */
  *text(): Generator<string, void, void> {
    this.#forget();
    const nodes = [...this.#nodes.values()];
    for (const [family, { help, type }] of Object.entries(BOARD_FAMILIES)) {
      let part = "";
      let begun = false;
      let looked = 0;
      for (const { lines } of nodes) {
        const own = lines.get(family) ?? "";
        if (own !== "" && !begun) part += `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`;
        begun ||= own !== "";
        part += own;
        if (++looked < MOST_NODES && part.length < MOST_CHARACTERS) continue;
        yield part;
        part = "";
        looked = 0;
      }
      yield part;
    }
  }

  #forget(): void {
    const oldest = this.#clock() - this.#limits.keepMs;
    for (const [node, { at }] of this.#nodes) if (at < oldest) this.#nodes.delete(node);
  }

  /** Of one side of a node everything is renewed: a sensor that is gone is shown no more. */
  #replace(lines: Map<string, string>, prefix: string, renewed: ReadonlyMap<string, string>): void {
    const fixed = [TIME, OK, LEFT_OUT];
    for (const family of lines.keys()) if (family.startsWith(prefix) && !fixed.includes(family)) lines.delete(family);
    for (const [family, text] of renewed) lines.set(family, text);
  }

  #sensorLines(node: string, sensors: readonly SensorReading[]): ReadonlyMap<string, string> {
    const page = new Page();
    for (const { name, kind, unit, value, status } of sensors.slice(0, this.#limits.perNode)) {
      page.add(STATUSES, labelled({ node, sensor: name, kind }), STATUS[status]);
      if (value === null || !Number.isFinite(value)) continue;
      const family = SENSOR_FAMILIES[`${kind} ${unit}`];
      if (family === undefined) page.add(OTHER, labelled({ node, sensor: name, kind, unit: unit ?? "" }), value);
      else page.add(family, labelled({ node, sensor: name }), value);
    }
    return page.families;
  }

  #hostLines(node: string, host: readonly HostReading[]): ReadonlyMap<string, string> {
    const page = new Page();
    for (const { metric, part, value } of host.slice(0, this.#limits.perNode)) {
      const about = HOST_METRICS[metric];
      const labels = "part" in about && part !== null ? { node, [about.part]: part } : { node };
      page.add(hostFamily(metric), labelled(labels), value);
    }
    return page.families;
  }
}

/** Lines of one node by family. A series that comes twice would spoil the whole answer: the first one counts. */
class Page {
  readonly #families = new Map<string, Map<string, number>>();

  add(family: string, labels: string, value: number): void {
    let series = this.#families.get(family);
    if (series === undefined) {
      series = new Map();
      this.#families.set(family, series);
    }
    if (!series.has(labels)) series.set(labels, value);
  }

  /** Each text in one piece: put together line by line it would be held as thousands of pieces. */
  get families(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const [family, series] of this.#families)
      texts.set(family, Array.from(series, ([labels, value]) => line(family, labels, value)).join(""));
    return texts;
  }
}

function hostFamily(name: string): string {
  return `ferric_host_${name}`;
}

function line(family: string, labels: string, value: number): string {
  return `${family}${labels} ${value}\n`;
}

function labelled(labels: Readonly<Record<string, string>>): string {
  let text = "";
  for (const name in labels) text += `${text === "" ? "{" : ","}${name}="${escaped(labels[name] ?? "")}"`;
  return `${text}}`;
}

const SPECIAL = /["\\\n]/;

function escaped(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
