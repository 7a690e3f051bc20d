/** The table of the measurement of scale: one column for each number of conductors, with the goals beside. */
import { cpus, loadavg } from "node:os";
import { KINDS, type Kind } from "./plant.ts";
import type { BeatFigures } from "./workload.ts";

export type ByKind = Readonly<Record<Kind, number>>;
interface Delay {
  readonly p99: number;
  readonly max: number;
}

/** With heartbeats and power passes. */
interface Steady {
  readonly beat: BeatFigures;
  /** Percent of one core. */
  readonly cpu: ByKind;
  readonly mb: ByKind;
  readonly loop: { readonly api: Delay; readonly conductors: Delay };
  readonly passes: readonly { readonly nodes: number; readonly ms: number }[];
}

interface Most {
  readonly beat: BeatFigures;
  /** Milliseconds of CPU a heartbeat. */
  readonly cpu: ByKind;
}

interface Cycling {
  readonly perMinute: number;
  readonly failures: number;
  /** Milliseconds of CPU a cycle. */
  readonly cpu: ByKind;
  /** Milliseconds of CPU a second, before. */
  readonly rest: ByKind;
}

/** Null: not measured in this run. */
export interface Row {
  readonly conductors: number;
  /** Milliseconds from the start of the newest conductor until it had taken over its share. */
  readonly moved: number;
  readonly steady: Steady | null;
  /** Heartbeats as fast as they are answered. */
  readonly most: Most | null;
  readonly cycle: Cycling | null;
}

export interface Setup {
  readonly nodes: number;
  readonly heartbeat: string;
  readonly "power-sync": string;
  readonly seconds: string;
  readonly database: string;
  readonly "at-once": string;
  readonly "warm-seconds": string;
  readonly pace: string;
}

const LOOP_GOAL = "max below 100";
const GROWTH_GOAL = "at most 1.2";

export function scalePage(rows: readonly Row[], setup: Setup): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = ["", ...rows.map(({ conductors }) => `${conductors} conductor${conductors === 1 ? "" : "s"}`), "goal"];
  const table = lines(rows).map(([title, show, goal]) => line([title, ...rows.map(show), goal]));
  const day = new Date().toISOString().slice(0, 10);
  return [
    `Run of ${day}, Node ${process.version}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)} at the end, by tools/bench/scale.ts.`,
    `${setup.nodes} nodes of fake hardware, nine in ten active and one in ten waiting in cleaning; each agent calls in every ${setup.heartbeat} s,`,
    `each machine's power is compared every ${setup["power-sync"]} s; measured over ${setup.seconds} s. One API and the conductors are processes of their own`,
    `over BullMQ on Redis (nothing kept on disk) and ${setup.database}; cycles: ${setup["at-once"]} nodes at once are deployed and taken down over and over${setup.pace === "0" ? "" : `, ${setup.pace} a minute`},`,
    `measured after ${setup["warm-seconds"]} s of the same. The client that sends all this runs on the same processors.`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...table,
    "",
  ].join("\n");
}

type Line = readonly [title: string, show: (row: Row) => string, goal: string];

function lines(rows: readonly Row[]): readonly Line[] {
  const [first] = rows;
  return [
    ...(first?.steady == null ? [] : STEADY),
    ["nodes moved to the newest conductor in, s", ({ moved }) => (moved / 1000).toFixed(1), ""],
    ...(first?.most == null ? [] : MOST),
    ...(first?.cycle == null ? [] : cycleLines(first.cycle)),
  ];
}

type PartLine<Part> = readonly [title: string, show: (part: Part) => string, goal: string];

/** Lines about a part of the row; rows without it have nothing to show. */
function about<Part>(part: (row: Row) => Part | null, own: readonly PartLine<Part>[]): readonly Line[] {
  return own.map(([title, show, goal]) => {
    const shown = (row: Row) => {
      const found = part(row);
      return found === null ? "" : show(found);
    };
    return [title, shown, goal];
  });
}

const times = ({ p50, p99, max }: BeatFigures) => [p50, p99, max].map((ms) => ms.toFixed(0)).join(" / ");
const sums = (values: ByKind) => KINDS.map((kind) => values[kind].toFixed(1)).join(" + ");
const late = (kind: "api" | "conductors") => (steady: Steady) => `${steady.loop[kind].p99} / ${steady.loop[kind].max}`;

const STEADY = about<Steady>(
  ({ steady }) => steady,
  [
    ["heartbeats accepted a second", ({ beat }) => beat.perSecond.toFixed(1), ""],
    ["heartbeats refused or lost", ({ beat }) => String(beat.failed), "0"],
    ["heartbeat p50 / p99 / max, ms", ({ beat }) => times(beat), ""],
    ["event-loop delay of a conductor, worst p99 / max of 10 s, ms", late("conductors"), LOOP_GOAL],
    ["event-loop delay of the API, worst p99 / max, ms", late("api"), LOOP_GOAL],
    ["CPU of API + conductors + Redis + database, % of a core", ({ cpu }) => sums(cpu), ""],
    ["memory of API + conductors + Redis + database, MB", ({ mb }) => sums(mb), ""],
    [
      "power passes: nodes in seconds, each conductor",
      ({ passes }) => passes.map((one) => `${one.nodes} in ${(one.ms / 1000).toFixed(1)}`).join("; "),
      "spread over half the interval",
    ],
  ],
);

const MOST = about<Most>(
  ({ most }) => most,
  [
    ["heartbeats a second at most", ({ beat }) => beat.perSecond.toFixed(0), ""],
    ["of these p50 / p99 / max, ms", ({ beat }) => times(beat), ""],
    ["of these refused or lost", ({ beat }) => String(beat.failed), "0"],
    ["CPU a heartbeat: API + conductors + Redis + database, ms", ({ cpu }) => sums(cpu), ""],
  ],
);

function cycleLines(first: Cycling): readonly Line[] {
  const service = ({ api, conductors }: ByKind) => api + conductors;
  const whole = (values: ByKind) => service(values) + values.redis + values.database;
  const growth = (of: (cycling: Cycling) => number) => (cycling: Cycling) => (of(cycling) / of(first)).toFixed(2);
  // What is used at rest is a cost of the second, not of the cycle.
  const moving = ({ cpu, rest, perMinute }: Cycling) => service(cpu) - (service(rest) * 60) / perMinute;
  return about<Cycling>(
    ({ cycle }) => cycle,
    [
      ["provision cycles a minute", ({ perMinute }) => perMinute.toFixed(0), ""],
      ["cycles that failed", ({ failures }) => String(failures), "0"],
      ["CPU a cycle: API + conductors + Redis + database, ms", ({ cpu }) => sums(cpu), ""],
      ["CPU a cycle of the service, times that of the first", growth(({ cpu }) => service(cpu)), GROWTH_GOAL],
      ["the same without what is used at rest", growth(moving), ""],
      ["the same with Redis and database", growth(({ cpu }) => whole(cpu)), GROWTH_GOAL],
      ["CPU at rest: API + conductors + Redis + database, ms a second", ({ rest }) => sums(rest), ""],
    ],
  );
}
