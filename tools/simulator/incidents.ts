/** What can befall a machine, by name, and the script that says when it does. */
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { Conditions } from "./conditions.ts";
import type { Machine } from "./machine.ts";
import { ANALOG_SENSORS } from "./sensors.ts";
import type { Simulator } from "./simulator.ts";

/** IPMI: threshold event, lower critical going low / upper critical going high (table 42-2). */
const [LOWER_CRITICAL, UPPER_CRITICAL] = [2, 9];
const EVENT_TYPES = { fan: 4, temperature: 1 } as const;

interface Happening {
  readonly means: string;
  begin(machine: Machine, simulator: Simulator): void;
  /** What ends with the time it is given; absent: it cannot be undone. */
  end?(machine: Machine): void;
}

const condition = (means: string, change: Partial<Conditions>, healed: Partial<Conditions>): Happening => ({
  means,
  begin: (machine) => {
    machine.conditions = { ...machine.conditions, ...change };
  },
  end: (machine) => {
    machine.conditions = { ...machine.conditions, ...healed };
  },
});

const sensor = (means: string, name: string, value: number, offset: number): Happening => ({
  means,
  begin: (machine) => {
    machine.tell(name, value);
    logReading(machine, name, offset, 0x01);
  },
  end: (machine) => {
    machine.tell(name, undefined);
    logReading(machine, name, offset, 0x81);
  },
});

function logReading(machine: Machine, name: string, offset: number, type: number): void {
  const found = ANALOG_SENSORS.find((item) => item.name === name);
  const sensorType = found?.kind === "fan" ? EVENT_TYPES.fan : EVENT_TYPES.temperature;
  const event = { sensorType, sensor: found?.number ?? 0, type, data: [0x50 | offset, 0, 0] as const };
  machine.log.add(event, machine.world.seconds);
}

export const HAPPENINGS: Readonly<Record<string, Happening>> = {
  dies: {
    means: "the machine goes off from one moment to the next, and its controller answers nothing any more",
    begin: (machine) => {
      machine.switchOff();
      machine.conditions = { ...machine.conditions, hangs: true };
    },
    end: (machine) => {
      machine.conditions = { ...machine.conditions, hangs: false };
    },
  },
  "loses-power": { means: "the machine goes off; its controller lives", begin: (machine) => machine.switchOff() },
  "bmc-hangs": condition("the controller answers nothing", { hangs: true }, { hangs: false }),
  "bmc-restarts": {
    means: "the controller has forgotten its sessions",
    begin: (machine, simulator) => simulator.forgetSessions(machine),
  },
  "wrong-password": condition("every login is refused", { refusesLogin: true }, { refusesLogin: false }),
  "slots-full": condition("somebody else holds all sessions", { slotsFull: true }, { slotsFull: false }),
  "bad-line": condition("a fifth of the packets gets lost", { loss: 0.2 }, { loss: 0 }),
  "is-slow": condition("an answer takes two seconds", { latencyMs: 2000 }, { latencyMs: 0 }),
  "fails-at-times": condition("a third of the requests is refused", { failures: 0.33 }, { failures: 0 }),
  "fan-fails": sensor("FAN1 stands still", "FAN1", 0, LOWER_CRITICAL),
  overheats: sensor("CPU1 is at 97 degrees", "CPU1 Temp", 97, UPPER_CRITICAL),
};

export interface Incident {
  /** Seconds from the start. */
  readonly at: number;
  /** Which machines: numbers as in their names, from 1. */
  readonly machines: readonly number[] | "all";
  readonly what: string;
  /** Seconds until it is over; null: it stays. */
  readonly lasts: number | null;
}

/** A YAML or JSON file: a list of `{at, machine, what, for}`. @throws Error naming the entry and the field */
export function readIncidents(file: string): readonly Incident[] {
  const read: unknown = load(readFileSync(file, "utf8"));
  if (!Array.isArray(read)) throw new Error(`${file} holds no list of incidents`);
  return read.map((entry: unknown, at) => readIncident(entry, `${file}, entry ${at + 1}`));
}

export function readIncident(entry: unknown, where: string): Incident {
  const { at = 0, machine = "all", what, for: lasts = null } = (entry ?? {}) as Record<string, unknown>;
  if (typeof at !== "number" || !(at >= 0)) throw new Error(`${where}: "at" wants seconds from the start`);
  if (typeof what !== "string" || HAPPENINGS[what] === undefined)
    throw new Error(`${where}: "what" is one of ${Object.keys(HAPPENINGS).join(", ")}`);
  if (lasts !== null && !(typeof lasts === "number" && lasts > 0)) throw new Error(`${where}: "for" wants seconds`);
  if (lasts !== null && HAPPENINGS[what].end === undefined) throw new Error(`${where}: ${what} takes no "for"`);
  return { at, machines: readMachines(machine, where), what, lasts };
}

/** "all", 7, "server-7", "1-10", or a list of these. */
export function readMachines(given: unknown, where: string): readonly number[] | "all" {
  if (given === "all") return "all";
  const words = (Array.isArray(given) ? given : [given]).map(String);
  return words.flatMap((word) => {
    const [, first, last] = /^(?:server-)?(\d+)(?:-(\d+))?$/.exec(word) ?? [];
    if (first === undefined) throw new Error(`${where}: "machine" wants a number, a range or "all", got "${word}"`);
    const [from, to] = [Number(first), Number(last ?? first)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step);
  });
}

/** Lets it happen now. @returns how many machines it befell */
export function happen(simulator: Simulator, { machines, what, lasts }: Omit<Incident, "at">): number {
  const happening = HAPPENINGS[what];
  const hit = simulator.select(machines);
  for (const machine of hit) {
    happening?.begin(machine, simulator);
    machine.world.told(machine, what);
    if (lasts !== null)
      setTimeout(() => {
        happening?.end?.(machine);
        machine.world.told(machine, `${what} is over`);
      }, lasts * 1000).unref();
  }
  return hit.length;
}

export function schedule(simulator: Simulator, incidents: readonly Incident[]): void {
  for (const incident of incidents) setTimeout(() => happen(simulator, incident), incident.at * 1000).unref();
}
