/** Sends many requests at once to a running service and gathers what must not happen. */
import { Agent } from "node:http";
import { type Exchanged, exchange, isJson } from "./http-exchange.ts";
import { type Known, type RandomRequest, randomRequests } from "./random-requests.ts";

export interface Bombarded {
  /** One line for each request that was answered wrongly, with the request. */
  readonly wrong: readonly string[];
  readonly statuses: Readonly<Record<number, number>>;
  readonly slowestMs: number;
}

const CLIENTS = 8;
const LIMIT_MS = 2000;
const GIVE_UP_MS = 15_000;

/** Nodes and ports for the requests to hit; what earlier requests have deleted is made again. */
export async function provideKnown(url: string): Promise<Known> {
  const nodes = Array.from({ length: 8 }, (_, at) => `f0000000-0000-4000-8000-00000000000${at}`);
  const ports = nodes.map((uuid) => uuid.replace("f", "e"));
  const headers = { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" };
  const post = (path: string, body: object) =>
    exchange(new URL(url), new Agent(), { method: "POST", path, headers, body: JSON.stringify(body) }, GIVE_UP_MS);
  const addresses = nodes.map((_, at) => `52:54:00:f0:00:0${at}`);
  for (const [at, uuid] of nodes.entries()) {
    await post("/v1/nodes", { uuid, driver: "fake-hardware", name: `known-${at}` });
    await post("/v1/ports", { uuid: ports[at], node_uuid: uuid, address: addresses[at] });
  }
  return { nodes: [...nodes, "known-0", "known-1"], ports, addresses };
}

/** As many random requests as asked for. */
export async function bombard(url: string, count: number, seed: number): Promise<Bombarded> {
  return await sendAll(url, randomRequests(count, seed, await provideKnown(url)));
}

/** Each request once, in order, by several clients side by side. */
export async function sendAll(url: string, requests: readonly RandomRequest[]): Promise<Bombarded> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const base = new URL(url);
  const queue = requests.values();
  const wrong: string[] = [];
  const statuses: Record<number, number> = {};
  let slowestMs = 0;
  const client = async () => {
    for (const next of queue) {
      const started = performance.now();
      const answer = await exchange(base, agent, next, GIVE_UP_MS);
      const ms = performance.now() - started;
      slowestMs = Math.max(slowestMs, ms);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const why = complaint(next, answer, ms);
      if (why !== null) wrong.push(`${why}: ${shown(next)} -> ${answer.text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return { wrong, statuses, slowestMs };
}

function complaint({ method }: RandomRequest, { status, text, headers }: Exchanged, ms: number): string | null {
  if (status === 0) return "no answer";
  if (status >= 500) return `status ${status}`;
  if (ms > LIMIT_MS) return `${Math.round(ms)} ms`;
  if (headers["x-injected"] !== undefined) return "a header was injected";
  if (text !== "" && !isJson(text)) return "no JSON";
  if (status >= 400 && method !== "HEAD" && text === "") return `status ${status} without a word`;
  return null;
}

function shown({ method, path, headers, body }: RandomRequest): string {
  const version = headers["X-OpenStack-Ironic-API-Version"]?.slice(0, 20);
  return `${method} ${path.slice(0, 300)} at ${version} ${body === null ? "" : JSON.stringify(String(body).slice(0, 300))}`;
}
