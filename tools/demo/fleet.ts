/** The fleet of simulated servers: made through the API on the first start, found again on the next. */
import type { State } from "../../common/states.ts";
import type { DemoClient, DemoNode } from "./client.ts";

const IMAGE_BYTES = 1_610_612_736;

const prefix = "server-";

export interface Fleet {
  readonly servers: readonly DemoNode[];
  readonly isNew: boolean;
}

export interface FleetShape {
  readonly size: number;
  /** How long the stages of a simulated deploy take together. */
  readonly seconds: number;
}

export async function fleet(client: DemoClient, { size, seconds }: FleetShape): Promise<Fleet> {
  const found = await serversOf(client);
  if (found.length > 0)
    return { servers: await Promise.all(found.map((node) => makeAvailable(client, node))), isNew: false };
  const made = await Promise.all(Array.from({ length: size }, (_, index) => enroll(client, index + 1, seconds)));
  return { servers: inOrder(made), isNew: true };
}

export async function serversOf(client: DemoClient): Promise<readonly DemoNode[]> {
  return inOrder((await client.nodes()).filter((node) => node.name?.startsWith(prefix)));
}

/** From each state on the way to available: the next verb and where it leads. A start cut short left servers there. */
const ROAD: Readonly<Partial<Record<State, readonly [verb: string, next: State]>>> = {
  enroll: ["manage", "manageable"],
  "clean failed": ["manage", "manageable"],
  manageable: ["provide", "available"],
};

async function makeAvailable(client: DemoClient, from: DemoNode): Promise<DemoNode> {
  let node = from;
  for (let step = ROAD[node.provision_state]; step !== undefined; step = ROAD[node.provision_state]) {
    const [verb, next] = step;
    await client.provision(node.uuid, verb);
    node = await client.settle(node.uuid, [next]);
  }
  return node;
}

async function enroll(client: DemoClient, number: number, seconds: number): Promise<DemoNode> {
  const node = await client.createNode({
    name: `${prefix}${number}`,
    driver: "fake-hardware",
    resource_class: "simulated",
    driver_info: { fake_script: { "deploy.deploy": { seconds, bytes: IMAGE_BYTES } } },
    properties: { cpus: 32, memory_mb: 131_072, local_gb: 960, cpu_arch: "x86_64" },
  });
  await client.createPort(node.uuid, `52:54:00:fe:00:${number.toString(16).padStart(2, "0")}`);
  return makeAvailable(client, node);
}

function inOrder(nodes: readonly DemoNode[]): readonly DemoNode[] {
  return [...nodes].sort((a, b) => numberOf(a) - numberOf(b));
}

function numberOf(node: DemoNode): number {
  return Number(node.name?.slice(prefix.length)) || 0;
}

/** What to ask of a server in each state, best choice first. */
const WAYS: readonly { readonly from: State; readonly target: string }[] = [
  { from: "available", target: "active" },
  { from: "deploy failed", target: "active" },
  { from: "active", target: "rebuild" },
];

/** The server to deploy now and the verb for it; null when each is busy or in other hands. */
export function choose(servers: readonly DemoNode[]): { server: DemoNode; target: string } | null {
  for (const { from, target } of WAYS) {
    const server = servers.find((node) => node.provision_state === from);
    if (server !== undefined) return { server, target };
  }
  return null;
}
