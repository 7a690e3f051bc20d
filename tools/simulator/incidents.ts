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

export interface Happening {
  readonly means: string;
  /** False: it cannot be undone, and takes no time. */
  readonly lasts: boolean;
  /** @returns what ends it */
  begin(machine: Machine, simulator: Simulator): () => void;
}

const NOTHING = () => {};

const once = (means: string, act: Happening["begin"]): Happening => ({ means, lasts: false, begin: act });

const condition = (means: string, trouble: Partial<Conditions>): Happening => ({
  means,
  lasts: true,
  begin: (machine) => machine.suffer(trouble),
});

const sensor = (means: string, name: string, value: number, offset: number): Happening => ({
  means,
  lasts: true,
  begin: (machine) => {
    machine.tell(name, value);
    logReading(machine, name, offset, 0x01);
    return () => {
      machine.tell(name, undefined);
      logReading(machine, name, offset, 0x81);
    };
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
    lasts: true,
    begin: (machine) => {
      machine.switchOff();
      return machine.suffer({ hangs: true });
    },
  },
  "loses-power": once("the machine goes off; its controller lives", (machine) => {
    machine.switchOff();
    return NOTHING;
  }),
  "bmc-hangs": condition("the controller answers nothing", { hangs: true }),
  "bmc-restarts": once("the controller has forgotten its sessions", (machine, simulator) => {
    simulator.forgetSessions(machine);
    return NOTHING;
  }),
  "wrong-password": condition("every login is refused", { refusesLogin: true }),
  "slots-full": condition("somebody else holds all sessions", { slotsFull: true }),
  "bad-line": condition("a fifth of the packets gets lost", { loss: 0.2 }),
  "loses-answers": condition("a fifth of what is asked is done, and not answered", { answerLoss: 0.2 }),
  "is-slow": condition("an answer takes two seconds", { latencyMs: 2000 }),
  "fails-at-times": condition("a third of the requests is refused", { failures: 0.33 }),
  "refuses-media": condition("images for virtual drives and URLs to boot from are refused", { refusesMedia: true }),
  "boots-disk": condition("the firmware starts from the disk, whatever it has been told", { bootsDisk: true }),
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
  if (!Array.isArray(read))
    throw new Error(`${file} holds no list of incidents, such as: - {at: 30, machine: 1-10, what: bmc-hangs, for: 60}`);
  return read.map((entry: unknown, at) => readIncident(entry, `${file}, entry ${at + 1}`));
}

const FIELDS = ["at", "machine", "what", "for"];

/** @param entry its fields but `machine` where a path names that */
export function readIncident(entry: unknown, where: string, fields: readonly string[] = FIELDS): Incident {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new Error(`${where} is no object with ${fields.join(", ")}`);
  const strange = Object.keys(entry).find((name) => !fields.includes(name));
  if (strange !== undefined) throw new Error(`${where}: "${strange}" is not known; there are ${fields.join(", ")}`);
  const { at = 0, machine = "all", what, for: lasts = null } = entry as Record<string, unknown>;
  const happening = typeof what === "string" && Object.hasOwn(HAPPENINGS, what) ? HAPPENINGS[what] : undefined;
  if (!isSeconds(at)) throw new Error(`${where}: "at" wants seconds from the start, got ${JSON.stringify(at)}`);
  if (happening === undefined)
    throw new Error(`${where}: "what" is one of ${Object.keys(HAPPENINGS).join(", ")}; got ${JSON.stringify(what)}`);
  if (lasts !== null && (!isSeconds(lasts) || lasts === 0))
    throw new Error(`${where}: "for" wants seconds, more than 0, got ${JSON.stringify(lasts)}`);
  if (lasts !== null && !happening.lasts) throw new Error(`${where}: ${String(what)} is over at once; take "for" away`);
  return { at, machines: readMachines(machine, where), what: String(what), lasts };
}

/** Timers of Node reach no further. */
const MOST_SECONDS = 2_000_000;

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MOST_SECONDS;
}

const MOST_NUMBER = 16_777_216;

/** "all", 7, "server-7", "1-10", or a list of these. */
export function readMachines(given: unknown, where: string): readonly number[] | "all" {
  if (given === "all") return "all";
  const words = (Array.isArray(given) ? given : [given]).map(String);
  return words.flatMap((word) => {
    const [, first, last] = /^(?:server-)?(\d{1,8})(?:-(\d{1,8}))?$/.exec(word) ?? [];
    const [from, to] = [Number(first), Number(last ?? first)];
    if (!(from >= 1 && to >= from && to <= MOST_NUMBER))
      throw new Error(`${where}: "machine" wants a number from 1 on, a range such as 1-10, or "all"; got "${word}"`);
    return Array.from({ length: to - from + 1 }, (_, step) => from + step);
  });
}

/** Lets it happen now. @returns how many machines it befell */
export function happen(simulator: Simulator, { machines, what, lasts }: Omit<Incident, "at">): number {
  const happening = HAPPENINGS[what];
  const hit = simulator.select(machines);
  for (const machine of hit) {
    const end = happening?.begin(machine, simulator);
    machine.world.told(machine, what);
    if (lasts !== null)
      setTimeout(() => {
        end?.();
        machine.world.told(machine, `${what} is over`);
      }, lasts * 1000).unref();
  }
  return hit.length;
}

/** @throws Error naming an incident of machines that are not there */
export function schedule(simulator: Simulator, incidents: readonly Incident[]): void {
  const { length } = simulator.machines;
  for (const [at, { machines }] of incidents.entries()) {
    const missing = machines === "all" ? undefined : machines.find((number) => number > length);
    if (missing !== undefined)
      throw new Error(`entry ${at + 1} of the incidents: there is no machine ${missing}, only ${length} of them`);
  }
  for (const incident of incidents) setTimeout(() => happen(simulator, incident), incident.at * 1000).unref();
}
