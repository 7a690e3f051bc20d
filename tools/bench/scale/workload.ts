/** What thousands of nodes do to the service: their agents call in, and some are deployed and taken down again. */
import { setTimeout as pause } from "node:timers/promises";
import { INTERFACE_TYPES, type NewNode } from "../../../common/objects/node.ts";
import { ConductorRings } from "../../../common/rpc/hash-ring.ts";
import type { Stores } from "../../../db/contract.ts";
import { StateWatch } from "./state-watch.ts";

const TOKEN = "t".repeat(43);
const CALLBACK = "https://127.0.0.1:9999";
const HEADERS = { "X-OpenStack-Ironic-API-Version": "1.95", "Content-Type": "application/json" };

/** Fake hardware as records, deployed, with an agent that has called in before, or waiting for it in cleaning. */
export async function makeNodes(stores: Stores, count: number, waiting: number): Promise<readonly string[]> {
  const rings = new ConductorRings(await stores.conductors.list(60));
  const made: string[] = [];
  const lane = async () => {
    while (made.length < count) {
      const node = newNode(made.length < waiting, rings);
      made.push(node.uuid);
      await stores.nodes.create(node);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return made;
}

function newNode(waits: boolean, rings: ConductorRings): NewNode {
  const key = { uuid: crypto.randomUUID(), driver: "fake-hardware", conductor_group: "" };
  const others = { network: "noop", storage: "noop" } as const;
  const names = INTERFACE_TYPES.map((type) => [`${type}_interface`, type in others ? "noop" : "fake"]);
  return {
    ...key,
    ...Object.fromEntries(names),
    conductor_affinity: rings.hostFor(key),
    provision_state: waits ? "clean wait" : "active",
    target_provision_state: waits ? "available" : null,
    provision_updated_at: new Date().toISOString().replace("Z", "000+00:00"),
    power_state: "power on",
    resource_class: "baremetal",
    properties: { cpus: 8, memory_mb: 16_384, local_gb: 100, cpu_arch: "x86_64" },
    driver_internal_info: { agent_url: CALLBACK, agent_secret_token: TOKEN, agent_version: "1.0" },
  };
}

export interface BeatFigures {
  readonly sent: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Every node calls in once in `every` seconds, evenly; for `seconds`. */
export async function beats(
  url: string,
  nodes: readonly string[],
  every: number,
  seconds: number,
): Promise<BeatFigures> {
  const took: number[] = [];
  let failed = 0;
  const began = performance.now();
  const pending = new Set<Promise<void>>();
  const total = Math.floor((nodes.length / every) * seconds);
  for (let sent = 0; sent < total; sent++) {
    const due = began + (sent * every * 1000) / nodes.length;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    const beat = beatOf(url, nodes[sent % nodes.length] ?? "").then(
      (ms) => void took.push(ms),
      (error: unknown) => {
        if (failed++ === 0) process.stderr.write(`a heartbeat failed: ${error}\n`);
      },
    );
    pending.add(beat);
    void beat.finally(() => pending.delete(beat));
  }
  await Promise.all(pending);
  return figuresOf(took, total, failed, began);
}

/** Milliseconds. @throws Error for any answer but 202 */
async function beatOf(url: string, node: string): Promise<number> {
  const began = performance.now();
  const body = { callback_url: CALLBACK, agent_token: TOKEN, agent_version: "1.0" };
  await send("POST", `${url}/v1/heartbeat/${node}`, body);
  return performance.now() - began;
}

/** So many clients, each with the next heartbeat as soon as the last is answered; for `seconds`. */
export async function mostBeats(
  url: string,
  nodes: readonly string[],
  clients: number,
  seconds: number,
): Promise<BeatFigures> {
  const took: number[] = [];
  let failed = 0;
  let next = 0;
  const began = performance.now();
  const client = async () => {
    while (performance.now() - began < seconds * 1000) {
      try {
        took.push(await beatOf(url, nodes[next++ % nodes.length] ?? ""));
      } catch {
        failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return figuresOf(took, next, failed, began);
}

function figuresOf(took: number[], sent: number, failed: number, began: number): BeatFigures {
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  const perSecond = (took.length / (performance.now() - began)) * 1000;
  return { sent, failed, perSecond, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/**
 * Deploys and takes down again, so many nodes at once; resolves to the whole cycles done in `seconds`. `pace`: how many
 * begin a minute, where the machine can do more; 0 for as many as it can.
 */
export async function cycles(
  url: string,
  stores: Stores,
  nodes: readonly string[],
  { seconds, pace }: { readonly seconds: number; readonly pace: number },
) {
  const until = performance.now() + seconds * 1000;
  let done = 0;
  const failures: string[] = [];
  const began = performance.now();
  let begun = 0;
  const turn = async () => {
    const early = pace === 0 ? 0 : began + (begun++ * 60_000) / pace - performance.now();
    if (early > 1) await pause(early);
  };
  using states = new StateWatch(stores, nodes);
  await Promise.all(
    nodes.map(async (node) => {
      while (performance.now() < until && failures.length < 10) {
        await turn();
        try {
          await verb(url, states, node, "active", "active");
          await verb(url, states, node, "deleted", "available");
          done++;
        } catch (error) {
          failures.push(String(error));
        }
      }
    }),
  );
  return { done, failures, seconds: (performance.now() - began) / 1000 };
}

async function verb(url: string, states: StateWatch, node: string, target: string, state: string): Promise<void> {
  await send("PUT", `${url}/v1/nodes/${node}/states/provision`, { target });
  await states.reached(node, state);
}

async function send(method: string, url: string, body: object): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  const answer = await fetch(url, { method, headers: HEADERS, body: JSON.stringify(body), signal });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text.slice(0, 200)}`);
}
