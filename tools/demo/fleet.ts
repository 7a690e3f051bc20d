/** The fleet of simulated servers: made through the API on the first start, found again on the next. */
import type { State } from "../../common/states.ts";
import type { DemoClient, DemoNode } from "./client.ts";

/** What each simulated server does with a deploy: the stages of a real one, in this time and with this image. */
const DEPLOY = { seconds: 20, bytes: 1_610_612_736 };

const prefix = "server-";

export interface Fleet {
  readonly servers: readonly DemoNode[];
  readonly isNew: boolean;
}

export async function fleet(client: DemoClient, size: number): Promise<Fleet> {
  const found = (await client.nodes()).filter((node) => node.name?.startsWith(prefix));
  if (found.length > 0) return { servers: inOrder(found), isNew: false };
  const made = await Promise.all(Array.from({ length: size }, (_, index) => enroll(client, index + 1)));
  return { servers: inOrder(made), isNew: true };
}

async function enroll(client: DemoClient, number: number): Promise<DemoNode> {
  const { uuid } = await client.createNode({
    name: `${prefix}${number}`,
    driver: "fake-hardware",
    resource_class: "simulated",
    driver_info: { fake_script: { "deploy.deploy": DEPLOY } },
    properties: { cpus: 32, memory_mb: 131_072, local_gb: 960, cpu_arch: "x86_64" },
  });
  await client.createPort(uuid, `52:54:00:fe:00:${number.toString(16).padStart(2, "0")}`);
  await client.provision(uuid, "manage");
  await client.settle(uuid, ["manageable"]);
  await client.provision(uuid, "provide");
  return client.settle(uuid, ["available"]);
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
