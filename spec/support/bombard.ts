/** Sends many requests at once to a running service and gathers what must not happen. */
import { Agent, type IncomingMessage, request } from "node:http";
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
    send(new URL(url), new Agent(), { method: "POST", path, headers, body: JSON.stringify(body) });
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
      const answer = await send(base, agent, next);
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

interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage["headers"];
}

function complaint({ method }: RandomRequest, { status, text, headers }: Answer, ms: number): string | null {
  if (status === 0) return "no answer";
  if (status >= 500) return `status ${status}`;
  if (ms > LIMIT_MS) return `${Math.round(ms)} ms`;
  if (headers["x-injected"] !== undefined) return "a header was injected";
  if (text !== "" && !isJson(text)) return "no JSON";
  if (status >= 400 && method !== "HEAD" && text === "") return `status ${status} without a word`;
  return null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function shown({ method, path, headers, body }: RandomRequest): string {
  const version = headers["X-OpenStack-Ironic-API-Version"]?.slice(0, 20);
  return `${method} ${path.slice(0, 300)} at ${version} ${body === null ? "" : JSON.stringify(String(body).slice(0, 300))}`;
}

function send(base: URL, agent: Agent, { method, path, headers, body }: RandomRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const none = (text: string) => resolve({ status: 0, text, headers: {} });
    // Node tells no length by itself where a method seldom has a body.
    const length = body === null ? {} : { "Content-Length": Buffer.byteLength(body) };
    const all = { ...headers, ...length };
    const options = { host: base.hostname, port: base.port, agent, method, path, headers: all, timeout: GIVE_UP_MS };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => none(String(error)));
      response.on("end", () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, text: Buffer.concat(chunks).toString(), headers: got });
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (error) => none(String(error)));
    call.end(body ?? undefined);
  });
}
