/** The figures as lines, and as a page of docs/results. */
import { cpus, loadavg } from "node:os";
import type { Fault } from "./incident.ts";
import type { Figures } from "./round.ts";

/** More than so much load a processor, and seconds tell of the machine, not of the service. */
const BUSY_MACHINE = 3;

export interface Misses {
  /** Counts that must be none. */
  readonly counts: readonly string[];
  /** Seconds beyond what is allowed. */
  readonly times: readonly string[];
}

export function misses(one: Figures): Misses {
  const lists = {
    lost: one.lost,
    stuck: one.stuck,
    "needs an edit": one.edits,
    twice: one.twice,
    late: one.late,
    "wrong answer": one.wrong,
  };
  const counts = Object.entries(lists).flatMap(([what, lines]) => lines.map((line) => `${what}: ${line}`));
  if (one.rest === null) counts.push("interrupted nodes never came to rest");
  const times: string[] = [];
  if (one.rest !== null && one.rest > one.restWithin)
    times.push(`at rest after ${one.rest.toFixed(1)} s, not ${one.restWithin} s`);
  if (one.apiBack !== null && one.apiBack > 2) times.push(`API back after ${one.apiBack.toFixed(1)} s, not 2 s`);
  return { counts, times };
}

/** Seconds count as missed only where the machine was not too busy with other things. */
export function isMissed(one: Figures): boolean {
  const { counts, times } = misses(one);
  return counts.length > 0 || (times.length > 0 && one.load <= BUSY_MACHINE * cpus().length);
}

export function row(one: Figures): string {
  const rest = one.rest === null ? "never" : `${one.rest.toFixed(1)} s`;
  return [
    `${one.fault} seed ${one.seed}: ${one.interrupted} interrupted, at rest ${rest}`,
    one.apiBack === null ? "" : `, API back ${one.apiBack.toFixed(1)} s (${one.apiCpu?.toFixed(1)} s of processor)`,
    `, ${one.waiting - one.broken.length} of ${one.waiting} waits went on`,
    `, ${one.acknowledged} acknowledged (${one.lost.length} lost), ${one.actions} actions (${one.twice.length} twice, ${one.late.length} late)`,
    `, ${one.stuck.length} stuck, ${one.edits.length} edits, ${one.cycles} cycles, ${one.failures.length} fail states, load ${one.load.toFixed(1)}`,
    one.note === "" ? "" : ` (${one.note})`,
  ].join("");
}

const HEAD = [
  "fault",
  "seeds",
  "interrupted",
  "stuck",
  "need an edit",
  "waiting",
  "went on",
  "acknowledged writes",
  "lost",
  "disk and power actions",
  "twice",
  "too late",
  "cycles",
  "slowest to rest, s",
  "allowed, s",
  "API back, s (processor time)",
  "load",
];

/** Measured on the real service before, each fault once; not by this tool. */
const PEER = [
  "| kill -9 of its conductor during 20 deploys, started again (by hand, `../shared/reliability.md`, section 1) | 12 of 20 stuck in `deploying` for 180 s and more, until 3 restarts in total; on one that was tried every verb was refused |",
  "| the same with another JSON-RPC port (by hand) | 20 of 20 stuck and locked for 360 s and more |",
  "| one of two conductors killed during 20 deploys, staying away (by hand) | its 7 nodes in `deploy failed` 92.9 to 95.3 s after the kill (keep-alive timeout 60 s) |",
  "| kill -9 of its API during 200 creates (by hand) | 0 of 62 acknowledged lost, serving again after 3.3 s |",
];

function peerLines(peer: readonly Figures[]): readonly string[] {
  const measured = peer.map(
    (one) =>
      `| kill -9 of its conductor, started again at once (by this tool: same clients, verbs and judgement) | ${one.interrupted} interrupted, ${one.stuck.length} stuck for 90 s and more, ${one.edits.length} need an edit, ${one.lost.length} of ${one.acknowledged} acknowledged writes lost, ${one.wrong.length} answers of 500 that name an internal address, ${one.rest === null ? "interrupted nodes never came to rest" : `at rest after ${one.rest.toFixed(1)} s`} (load ${one.load.toFixed(1)}) |`,
  );
  return [
    "Beside it, the real service (Ironic 39.0.0, fake hardware):",
    "",
    "| fault | what it did |",
    "| --- | --- |",
    ...measured,
    ...PEER,
  ];
}

/** What the columns count. */
const ABOUT = [
  "Each round: two fifths of the nodes are deployed, undeployed and cleaned out of band, two fifths by agents that call in (`direct`),",
  "one fifth is switched on, rebooted and switched off, all at once. The fault comes when half of them are worked on, and afterwards",
  "every node goes through all of it once more by ordinary verbs. Interrupted are the nodes that were worked on by what the fault hit;",
  "at rest is a stable, fail or wait state, in seconds from when what was hit said that it was ready (takeovers: from the hit).",
  "Waiting are the nodes that waited for their agent when the fault came; they went on when the request for which they waited met no",
  "fail state. Acknowledged writes are creates, patches, deletes, provision and power requests that got a 2xx. Actions are disk writes and power changes:",
  "twice in one step of one request, or too late, after a later request had begun. Load: the machine has other work; 2 is all it can do.",
];

export interface Measured extends Figures {
  readonly database: "postgresql" | "mariadb";
  readonly nodes: number;
}

export function page(
  faults: readonly Pick<Fault, "name" | "title">[],
  figures: readonly Measured[],
  peer: readonly Figures[],
): string {
  const day = new Date().toISOString().slice(0, 10);
  const load = `${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)} at the end`;
  return [
    "# Fault matrix",
    "",
    `Runs of ${day}, Node ${process.version}, ${load}. \`npm run test:full\` runs ten seeds a fault.`,
    "",
    ...ABOUT,
    "",
    ...(["postgresql", "mariadb"] as const).flatMap((database) =>
      table(
        faults,
        figures.filter((one) => one.database === database),
      ),
    ),
    ...missed(figures),
    ...leftWaiting(figures),
    ...peerLines(peer),
    "",
  ].join("\n");
}

const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;

function table(faults: readonly Pick<Fault, "name" | "title">[], figures: readonly Measured[]): readonly string[] {
  const [one] = figures;
  if (one === undefined) return [];
  const rows = faults.flatMap((fault) => {
    const own = figures.filter(({ fault: name }) => name === fault.name);
    return own.length === 0 ? [] : [cells(fault.title, own)];
  });
  const total = ["all", ...cells("", figures).slice(1, 13), "", "", "", ""];
  const title = `## ${one.database === "mariadb" ? "MariaDB" : "PostgreSQL"}, ${one.nodes} nodes`;
  return [title, "", line(HEAD), line(HEAD.map(() => "---")), ...[...rows, total].map(line), ""];
}

/** What was not reached, with the load at which it was not. */
function missed(figures: readonly Measured[]): readonly string[] {
  const lines = figures.flatMap((one) =>
    Object.values(misses(one)).flatMap((all: readonly string[]) =>
      all.map((miss) => `- ${one.fault}, seed ${one.seed}, ${one.database}: ${miss} (load ${one.load.toFixed(1)})`),
    ),
  );
  return lines.length === 0 ? [] : ["Missed:", "", ...lines, ""];
}

/** What met the nodes that waited for their agent and did not go on. */
function leftWaiting(figures: readonly Measured[]): readonly string[] {
  const lines = figures.flatMap((one) =>
    one.broken.map((met) => `- ${one.fault}, seed ${one.seed}, ${one.database}: ${met}`),
  );
  return lines.length === 0 ? [] : ["Waited for their agent, and did not go on:", "", ...lines, ""];
}

function cells(title: string, own: readonly Figures[]): readonly string[] {
  const sum = (count: (one: Figures) => number) => String(own.reduce((all, one) => all + count(one), 0));
  const worst = own.some((one) => one.rest === null)
    ? "never"
    : Math.max(...own.map((one) => one.rest ?? 0)).toFixed(1);
  const back = own.flatMap((one) => (one.apiBack === null ? [] : [one.apiBack]));
  return [
    title,
    String(own.length),
    sum((one) => one.interrupted),
    sum((one) => one.stuck.length),
    sum((one) => one.edits.length),
    sum((one) => one.waiting),
    sum((one) => one.waiting - one.broken.length),
    sum((one) => one.acknowledged),
    sum((one) => one.lost.length),
    sum((one) => one.actions),
    sum((one) => one.twice.length),
    sum((one) => one.late.length),
    sum((one) => one.cycles),
    worst,
    String(own[0]?.restWithin ?? ""),
    back.length === 0
      ? ""
      : `${Math.max(...back).toFixed(1)} (${Math.max(...own.map((one) => one.apiCpu ?? 0)).toFixed(1)})`,
    Math.max(...own.map((one) => one.load)).toFixed(1),
  ];
}
