/** The nodes of a run: deployed out of band, deployed by an agent, and only switched; and who drives each. */
import { Agents } from "./agents.ts";
import { ApiPool } from "./api-pool.ts";
import { FleetView, type NodeView } from "./fleet-view.ts";
import { Ledger } from "./ledger.ts";
import { type Client, type ClientDeps, NodeClient } from "./node-client.ts";
import { PowerClient } from "./power-client.ts";
import type { Site } from "./shape.ts";

const OUT_OF_BAND = { driver: "fake-hardware", deploy_interface: "logged" };
const BY_AGENT = { driver: "fake-hardware", deploy_interface: "direct", boot_interface: "logged" };
const SWITCHED = { ...OUT_OF_BAND, extra: { switched: true } };
/** Of every five. */
export const KINDS: readonly object[] = [OUT_OF_BAND, BY_AGENT, OUT_OF_BAND, BY_AGENT, SWITCHED];

export interface Fleet extends AsyncDisposable {
  readonly nodes: readonly string[];
  readonly image: string;
  /** What the agents call. */
  readonly agentsApi: ApiPool;
}

/** `kinds` in turn. Resolves when all are available. */
export async function makeFleet(shape: Site, count: number, kinds = KINDS): Promise<Fleet> {
  const api = new ApiPool(shape.apis.map(({ url }) => url));
  const nodes = Array.from({ length: count }, () => crypto.randomUUID());
  for (const [index, uuid] of nodes.entries())
    await api.insist("POST", "/v1/nodes", { uuid, ...kinds[index % kinds.length] });
  const agents = await Agents.start(nodes, api, shape.stepLog);
  try {
    await using view = new FleetView(api);
    const deps = { api, view, ledger: new Ledger(), run: 0, image: agents.image };
    await Promise.all(nodes.map((uuid) => new NodeClient(uuid, deps).reach("available")));
  } catch (error) {
    await agents[Symbol.asyncDispose]();
    throw error;
  }
  return { nodes, image: agents.image, agentsApi: api, [Symbol.asyncDispose]: () => agents[Symbol.asyncDispose]() };
}

export function clientOf(node: NodeView, deps: Omit<ClientDeps, "run"> & { readonly stepLog: string }): Client {
  const all = { ...deps, run: Number(node.extra.run ?? 0) };
  return node.extra.switched === true ? new PowerClient(node.uuid, all) : new NodeClient(node.uuid, all);
}
