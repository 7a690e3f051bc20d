/** The results page of the measurement of scale: one column for each number of conductors, with the goals beside. */
import { cpus, loadavg } from "node:os";
import type { BeatFigures } from "./workload.ts";

type ByKind = Readonly<Record<"api" | "conductors" | "servers", number>>;
interface Delay {
  readonly p99: number;
  readonly max: number;
}

export interface Row {
  readonly conductors: number;
  /** Milliseconds from the start of the newest conductor until it had taken over its share. */
  readonly moved: number;
  readonly beat: BeatFigures;
  /** Percent of one core, with heartbeats and power sync. */
  readonly cpu: ByKind;
  readonly mb: ByKind;
  readonly loop: { readonly api: Delay; readonly conductors: Delay };
  readonly passes: readonly { readonly nodes: number; readonly ms: number }[];
  readonly cycle: {
    readonly perMinute: number;
    readonly failures: number;
    /** Milliseconds of CPU a cycle. */
    readonly cpu: ByKind;
  };
}

export interface Setup {
  readonly nodes: number;
  readonly heartbeat: string;
  readonly "power-sync": string;
  readonly seconds: string;
  readonly database: string;
  readonly "at-once": string;
}

const LOOP_GOAL_MS = 100;
const GROWTH_GOAL = 1.2;

export function scalePage(rows: readonly Row[], setup: Setup): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = ["", ...rows.map(({ conductors }) => `${conductors} conductor${conductors === 1 ? "" : "s"}`), "goal"];
  const table = lines(rows).map(([title, show, goal]) => line([title, ...rows.map(show), goal]));
  const day = new Date().toISOString().slice(0, 10);
  return [
    "# Many nodes on several conductors",
    "",
    `Run of ${day}, Node ${process.version}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)} at the end, by tools/bench/scale.ts.`,
    `${setup.nodes} nodes of fake hardware, nine in ten active and one in ten waiting in cleaning; each agent calls in every ${setup.heartbeat} s,`,
    `each machine's power is compared every ${setup["power-sync"]} s; measured over ${setup.seconds} s. One API and the conductors are processes of their own`,
    `over BullMQ on Redis (append-only file, flushed always) and ${setup.database}; then ${setup["at-once"]} nodes at once are deployed and taken down over and over.`,
    "The client that sends all this runs on the same processors.",
    "",
    line(head),
    line(head.map(() => "---")),
    ...table,
    "",
  ].join("\n");
}

type Line = readonly [title: string, show: (row: Row) => string, goal: string];

function lines(rows: readonly Row[]): readonly Line[] {
  const whole = ({ cycle: { cpu } }: Row) => cpu.api + cpu.conductors + cpu.servers;
  const service = ({ cycle: { cpu } }: Row) => cpu.api + cpu.conductors;
  const first = rows[0];
  const growth = (of: (row: Row) => number) => (row: Row) =>
    first === undefined ? "" : (of(row) / of(first)).toFixed(2);
  const late = (kind: "api" | "conductors") => (row: Row) => `${row.loop[kind].p99} / ${row.loop[kind].max}`;
  const goal = `max below ${LOOP_GOAL_MS}`;
  return [
    ["heartbeats accepted a second", ({ beat }) => beat.perSecond.toFixed(1), ""],
    ["heartbeats refused or lost", ({ beat }) => String(beat.failed), "0"],
    [
      "heartbeat p50 / p99 / max, ms",
      ({ beat }) => [beat.p50, beat.p99, beat.max].map((ms) => ms.toFixed(0)).join(" / "),
      "",
    ],
    ["event-loop delay of a conductor, worst p99 / max of 10 s, ms", late("conductors"), goal],
    ["event-loop delay of the API, worst p99 / max, ms", late("api"), goal],
    ["CPU of the conductors, % of a core", ({ cpu }) => cpu.conductors.toFixed(0), ""],
    ["CPU of the API, % of a core", ({ cpu }) => cpu.api.toFixed(0), ""],
    ["CPU of Redis and database, % of a core", ({ cpu }) => cpu.servers.toFixed(0), ""],
    ["memory of the conductors, MB", ({ mb }) => mb.conductors.toFixed(0), ""],
    ["memory of the API, MB", ({ mb }) => mb.api.toFixed(0), ""],
    [
      "power passes: nodes in seconds, each conductor",
      ({ passes }) => passes.map((one) => `${one.nodes} in ${(one.ms / 1000).toFixed(1)}`).join("; "),
      "spread over half the interval",
    ],
    ["nodes moved to the newest conductor in, s", ({ moved }) => (moved / 1000).toFixed(1), ""],
    ["provision cycles a minute", ({ cycle }) => cycle.perMinute.toFixed(0), ""],
    ["cycles that failed", ({ cycle }) => String(cycle.failures), "0"],
    [
      "CPU a cycle: API + conductors + servers, ms",
      ({ cycle: { cpu } }) => [cpu.api, cpu.conductors, cpu.servers].map((ms) => ms.toFixed(0)).join(" + "),
      "",
    ],
    ["CPU a cycle of the service, times that with one conductor", growth(service), `at most ${GROWTH_GOAL}`],
    ["the same with Redis and database", growth(whole), `at most ${GROWTH_GOAL}`],
  ];
}
