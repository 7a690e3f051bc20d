/** The results page: every row, misses included, with the goal it is held to. */

interface Row {
  readonly title: string;
  readonly conc: number;
  readonly failed?: boolean;
  readonly rps: number;
  readonly p50: number;
  readonly cpu_ms?: number;
  readonly errors: number;
}

interface Target {
  readonly label: string;
  readonly startup?: Readonly<Record<"first_200_ms" | "ready_ms" | "cpu_s", number>>;
  readonly mem_before?: Memory;
  readonly mem_after?: Memory;
  readonly notes: readonly string[];
  readonly rows: Readonly<Record<string, Row>>;
}

type Memory = Readonly<Record<"app_pss_mb" | "app_rss_mb" | "db_pss_mb", number>>;

export interface Measured {
  readonly started: string;
  readonly machine: { readonly cpus: number; readonly model: string; readonly mem_gb: number; readonly node: string };
  readonly nodes: number;
  readonly rounds: number;
  readonly order: readonly string[];
  /** The real service first when both were measured. */
  readonly targets: readonly Target[];
}

/** How many times less CPU an operation must take than on the real service. */
const GOALS: readonly (readonly [row: RegExp, times: number])[] = [
  [/^(node-one|node-name|node-states|lookup|ports-address)/, 30],
  [/^(nodes-1000|nodes-detail|nodes-nova|sweep-)/, 40],
  [/^(create|patch|delete|heartbeat)/, 30],
  [/^(power|manage|provide|cycle|fullcycle)/, 20],
];

export function page(measured: Measured): string {
  const { started, machine, nodes, rounds, targets } = measured;
  const [first, second] = targets;
  const lines = second === undefined ? alone(measured, first) : sideBySide(measured, first, second);
  return [
    "# Benchmark of the API",
    "",
    `${started.slice(0, 10)}, ${machine.cpus} processors (${machine.model}), ${machine.mem_gb} GiB, Node ${machine.node}; ${nodes} nodes and ports, median of ${rounds} rounds, SQLite at synchronous=FULL. CPU is that of the service's own processes for one operation. Other work ran on the machine: rates and latencies are lower and longer than on a quiet one, CPU is what to compare.`,
    "",
    ...lines,
    "",
    ...targets.flatMap(resources),
    ...targets.flatMap(({ label, notes }) => notes.map((note) => `- ${label}: ${note}`)),
    "",
  ].join("\n");
}

function goalOf(key: string): number | null {
  return GOALS.find(([row]) => row.test(key))?.[1] ?? null;
}

function sideBySide({ order }: Measured, peer: Target | undefined, ours: Target): readonly string[] {
  const head = [
    "| row | clients | peer/s | ferric/s | p50 ms peer | p50 ms ferric | CPU ms peer | CPU ms ferric | times less CPU | goal | |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
  ];
  return [...head, ...order.map((key) => pair(key, peer?.rows[key], ours.rows[key]))];
}

function pair(key: string, theirs: Row | undefined, own: Row | undefined): string {
  const title = own?.title ?? key;
  if (theirs === undefined || own === undefined || theirs.failed || own.failed) return `| ${title} | failed |`;
  const times = theirs.cpu_ms !== undefined && own.cpu_ms ? theirs.cpu_ms / own.cpu_ms : null;
  const goal = goalOf(key);
  const verdict = goal === null || times === null ? "" : times >= goal ? "met" : "missed";
  const cells = [title, own.conc, shown(theirs.rps), shown(own.rps), shown(theirs.p50), shown(own.p50)];
  const cpu = [shown(theirs.cpu_ms), shown(own.cpu_ms), times === null ? "-" : shown(times), goal ?? "-", verdict];
  return `| ${[...cells, ...cpu].join(" | ")} |`;
}

function alone({ order }: Measured, ours: Target | undefined): readonly string[] {
  const head = ["| row | clients | per second | p50 ms | CPU ms | errors |", "|---|---|---|---|---|---|"];
  const rows = order.map((key) => {
    const row = ours?.rows[key];
    if (row === undefined || row.failed) return `| ${row?.title ?? key} | failed |`;
    return `| ${[row.title, row.conc, shown(row.rps), shown(row.p50), shown(row.cpu_ms), row.errors].join(" | ")} |`;
  });
  return [...head, ...rows];
}

function resources({ label, startup, mem_before: idle, mem_after: after }: Target): readonly string[] {
  const start = startup === undefined ? [] : [`- ${label}: first answer ${startup.first_200_ms} ms after its start`];
  const memory = (name: string, used: Memory | undefined) =>
    used === undefined ? [] : [`- ${label}: memory ${name} ${used.app_pss_mb} MB (its own share of shared pages)`];
  return [...start, ...memory("before the load", idle), ...memory("after the load", after)];
}

function shown(value: number | undefined | null): string {
  if (value === undefined || value === null) return "-";
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
