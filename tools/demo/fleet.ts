/** The fleet of virtual servers: enrolled through the API on the first start, found again on the next. */
import type { State } from "../../common/states.ts";
import type { DemoClient, DemoNode } from "./client.ts";
import type { DemoMachines } from "./machines.ts";

const prefix = "server-";

export interface Fleet {
  readonly servers: readonly DemoNode[];
  readonly isNew: boolean;
}

export async function fleet(client: DemoClient, machines: DemoMachines): Promise<Fleet> {
  const found = await serversOf(client);
  if (found.length > 0) {
    const servers = await Promise.all(found.map((node) => takeUp(client, node, machines)));
    return { servers, isNew: false };
  }
  const numbers = machines.simulator.places.map((_, index) => index + 1);
  const made = await Promise.all(numbers.map((number) => enroll(client, number, machines)));
  return { servers: inOrder(made), isNew: true };
}

export async function serversOf(client: DemoClient): Promise<readonly DemoNode[]> {
  return inOrder((await client.nodes()).filter((node) => numberOf(node) > 0));
}

/** The virtual server is as its node left it, but for a ramdisk that ran on it. */
async function takeUp(client: DemoClient, node: DemoNode, machines: DemoMachines): Promise<DemoNode> {
  const machine = machines.simulator.places[numberOf(node) - 1]?.machine;
  if (machine === undefined) return node;
  machine.isOn = node.power_state === "power on";
  machine.hasInstalledDisk = node.provision_state === "active";
  const ready = await makeAvailable(client, node);
  // A server that goes back to available has forgotten what was to be deployed.
  const value = machines.values(numberOf(node)).instance_info ?? {};
  await client.patch(node.uuid, [{ op: "replace", path: "/instance_info", value }]);
  return ready;
}

/** First port of the virtual servers of an earlier start; null: there was none. */
export function firstPortOf(servers: readonly DemoNode[]): number | null {
  for (const node of servers)
    if (typeof node.driver_info.ipmi_port === "number") return node.driver_info.ipmi_port - numberOf(node) + 1;
  return null;
}

/**
 * From each state on the way to available: the next verb and where it leads. A start cut short left servers there, and
 * those that waited for their ramdisk wait for one that is gone.
 */
const ROAD: Readonly<Partial<Record<State, readonly [verb: string, next: State]>>> = {
  enroll: ["manage", "manageable"],
  "clean failed": ["manage", "manageable"],
  manageable: ["provide", "available"],
  "clean wait": ["abort", "clean failed"],
  "wait call-back": ["deleted", "available"],
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

async function enroll(client: DemoClient, number: number, machines: DemoMachines): Promise<DemoNode> {
  const node = await client.createNode(machines.values(number));
  await client.createPort(node.uuid, machines.macOf(number));
  return makeAvailable(client, node);
}

function inOrder(nodes: readonly DemoNode[]): readonly DemoNode[] {
  return [...nodes].sort((a, b) => numberOf(a) - numberOf(b));
}

/** 0: none of the fleet. */
export function numberOf(node: DemoNode): number {
  return node.name?.startsWith(prefix) ? Number(node.name.slice(prefix.length)) || 0 : 0;
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
