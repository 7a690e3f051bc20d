/**
 * What policy rules cost: CPU time of the API's process a request, for callers without an identity (every rule passes) and for
 * callers of several kinds. The client is a process of its own. `node --import tsx tools/bench/authorisation.ts [ROUNDS]`
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Identity } from "../../common/identity.ts";
import { silent } from "../../common/log.ts";
import { apiUnderTest } from "../../spec/support/api-under-test.ts";
import { PROJECTS, persona } from "../../spec/support/personas.ts";

const CALLERS = ["none", "system-reader", "owner-reader", "lessee-reader"] as const;
type CallerName = (typeof CALLERS)[number];

const NODES = 200;
const READS = [
  { name: "GET one node", requests: 1500, path: (uuid: string) => `/v1/nodes/${uuid}` },
  { name: "GET 100 nodes", requests: 400, path: () => "/v1/nodes?limit=100" },
  { name: "GET 100 nodes, detail", requests: 200, path: () => "/v1/nodes/detail?limit=100" },
] as const;

/** As Keystone's cache of tokens does: one object a token, while the token is known. */
const known = new Map<string, Identity>();

async function main(rounds: number): Promise<void> {
  const table = new Map<string, Map<CallerName, number[]>>();
  const free = await apiUnderTest();
  const ruled = await apiUnderTest({}, silent, {
    authenticate: async ({ headers }) => identityOf(String(headers["x-persona"])),
    [Symbol.asyncDispose]: async () => undefined,
  });
  try {
    const uuids = new Map<string, string>();
    for (const api of [free, ruled]) uuids.set(api.url, await fill(api));
    for (let round = 0; round <= rounds; round += 1)
      for (const { name, requests, path } of READS)
        for (const caller of CALLERS) {
          const { url } = caller === "none" ? free : ruled;
          const spent = await measure(`${url}${path(uuids.get(url) ?? "")}`, caller, requests);
          // The first round fills caches.
          if (round > 0) note(table, name, caller, spent);
        }
  } finally {
    print(table);
    await free[Symbol.asyncDispose]();
    await ruled[Symbol.asyncDispose]();
  }
}

function identityOf(name: string): Identity {
  const identity = known.get(name) ?? persona(name);
  known.set(name, identity);
  return identity;
}

/** Every node is owned and leased. Answers the UUID of one. */
async function fill({ stores, conductor }: Awaited<ReturnType<typeof apiUnderTest>>): Promise<string> {
  const owned = { owner: PROJECTS.owner, lessee: PROJECTS.lessee };
  const values = {
    driver: "fake-hardware",
    properties: { cpus: 8, memory_mb: 65_536 },
    driver_info: { address: "::1" },
  };
  let last = "";
  for (let at = 0; at < NODES; at += 1) {
    last = crypto.randomUUID();
    await stores.nodes.create({ ...values, ...owned, uuid: last, name: `node-${at}`, provision_state: "available" });
  }
  if (conductor.calls.length > 0) throw new Error("filling asks no conductor");
  return last;
}

/** Microseconds of CPU a request. */
async function measure(url: string, caller: CallerName, requests: number): Promise<number> {
  const file = fileURLToPath(new URL("reader.mjs", import.meta.url));
  const client = spawn(process.execPath, [file, url, caller, String(requests)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(client.stdout, "data");
  const before = process.cpuUsage();
  client.stdin.write("go\n");
  const [code] = await once(client, "exit");
  const { user, system } = process.cpuUsage(before);
  if (code !== 0) throw new Error(`the client ended with ${code}`);
  return (user + system) / requests;
}

function note(table: Map<string, Map<CallerName, number[]>>, name: string, caller: CallerName, spent: number): void {
  const row = table.get(name) ?? new Map<CallerName, number[]>();
  table.set(name, row);
  row.set(caller, [...(row.get(caller) ?? []), spent]);
}

function print(table: ReadonlyMap<string, ReadonlyMap<CallerName, readonly number[]>>): void {
  const lines = [`| read | ${CALLERS.join(" | ")} |`, `| --- |${" ---: |".repeat(CALLERS.length)}`];
  for (const [name, row] of table) {
    const base = least(row.get("none") ?? []);
    const cells = CALLERS.map((caller) => {
      const spent = least(row.get(caller) ?? []);
      return caller === "none"
        ? `${spent.toFixed(0)} µs`
        : `${spent.toFixed(0)} µs (${(100 * (spent / base - 1)).toFixed(1)} %)`;
    });
    lines.push(`| ${name} | ${cells.join(" | ")} |`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Other processes on the machine only ever add. */
function least(values: readonly number[]): number {
  return Math.min(...values);
}

await main(Number(process.argv[2] ?? 5));
