/**
 * One operator's script for one node: deploy, undeploy with cleaning, and again, by ordinary verbs only. What a fault
 * leaves in a fail state is tried again; a node that no verb moves, or that does not come to rest, is told.
 */
import { type State, WAIT_STATES } from "../../common/states.ts";
import { type ApiPool, pause } from "./api-pool.ts";
import { type FleetView, isWorking, type NodeView } from "./fleet-view.ts";
import type { Ledger } from "./ledger.ts";

export type Goal = "active" | "available";

/** The verb that leads on from a state of rest; states without one are the goals, or nothing that a verb ends. */
const WAYS: Readonly<Record<Goal, Readonly<Partial<Record<State, string>>>>> = {
  active: {
    enroll: "manage",
    manageable: "provide",
    available: "active",
    "deploy failed": "active",
    "clean failed": "manage",
    error: "deleted",
  },
  available: {
    enroll: "manage",
    manageable: "provide",
    active: "deleted",
    "deploy failed": "deleted",
    "clean failed": "manage",
    error: "deleted",
  },
};

/** A node that changes nothing for so long, while the service is there, is stuck. */
const STUCK_MS = 90_000;
/** So many refusals of an ordinary verb, and an operator would have to edit. */
const REFUSALS = 20;

export class NodeProblem extends Error {
  override readonly name = "NodeProblem";
  readonly kind: "stuck" | "edit";

  constructor(kind: "stuck" | "edit", node: NodeView | undefined, what: string) {
    const { uuid, provision_state, reservation, last_error } = node ?? {};
    super(`${uuid} in ${provision_state}, held by ${reservation}: ${what}; last_error: ${last_error}`);
    this.kind = kind;
  }
}

/** A fail state or error, as an operator would see it, and the number of the request that it met. */
export interface Failure {
  readonly run: number;
  readonly text: string;
}

/** What a round asks of a node again and again. */
export interface Client {
  readonly uuid: string;
  readonly cycles: number;
  readonly failures: readonly Failure[];
  /** @throws NodeProblem */
  cycle(): Promise<void>;
}

export interface ClientDeps {
  readonly api: ApiPool;
  readonly view: FleetView;
  readonly ledger: Ledger;
  /** The number of its last request, from rounds before. */
  readonly run: number;
  /** URL of the image for nodes whose agent writes one. */
  readonly image: string;
}

export class NodeClient implements Client {
  readonly uuid: string;
  cycles = 0;
  readonly failures: Failure[] = [];
  readonly #deps: ClientDeps;
  #run: number;

  constructor(uuid: string, deps: ClientDeps) {
    this.uuid = uuid;
    this.#deps = deps;
    this.#run = deps.run;
  }

  /** @throws NodeProblem */
  async cycle(): Promise<void> {
    await this.reach("active");
    await this.reach("available");
    this.cycles += 1;
  }

  /** @throws NodeProblem */
  async reach(goal: Goal): Promise<void> {
    for (let refusals = 0; ; ) {
      const node = await this.#atRest();
      if (node.provision_state === goal) return;
      if (/failed$|^error$/.test(node.provision_state))
        this.failures.push({ run: this.#run, text: `${node.provision_state}: ${node.last_error}` });
      const verb = WAYS[goal][node.provision_state];
      if (verb === undefined) throw new NodeProblem("edit", node, "no verb leads on from here");
      if (node.maintenance) await this.#deps.api.insist("DELETE", `/v1/nodes/${this.uuid}/maintenance`);
      const refused = await this.#ask(verb, node);
      if (refused === null) continue;
      refusals += 1;
      if (refusals >= REFUSALS)
        throw new NodeProblem("edit", node, `"${verb}" was refused ${refusals} times: ${refused}`);
      await pause(300);
    }
  }

  /** Waits until nobody works on the node, and it does not wait for its agent. */
  async #atRest(): Promise<NodeView> {
    const { view } = this.#deps;
    let before = "";
    let since = performance.now();
    for (;;) {
      await view.next();
      const node = view.nodes.get(this.uuid);
      if (node !== undefined && isFree(node)) return node;
      const now = JSON.stringify([node?.provision_state, node?.reservation, node?.provision_updated_at]);
      if (now !== before) since = performance.now();
      before = now;
      if (performance.now() - since > STUCK_MS)
        throw new NodeProblem("stuck", node, `unchanged for ${STUCK_MS / 1000} s`);
    }
  }

  /** Null: accepted, or to be looked at anew; else the refusal. */
  async #ask(verb: string, from: NodeView): Promise<string | null> {
    const { api, ledger } = this.#deps;
    const run = ++this.#run;
    ledger.attempt(this.uuid, "run", run);
    const changes = [{ op: "add", path: "/extra/run", value: run }, ...(verb === "active" ? this.#image(from) : [])];
    const marked = await api.send("PATCH", `/v1/nodes/${this.uuid}`, changes);
    if (marked.status !== 200) return await this.#refusal(marked.status, marked.body);
    ledger.wrote(this.uuid, "run", run);
    const { status, body } = await api.send("PUT", `/v1/nodes/${this.uuid}/states/provision`, { target: verb });
    if (status !== 202) return await this.#refusal(status, body);
    ledger.accepted(`"${verb}" for ${this.uuid} in ${from.provision_state}`, await this.#went(from));
    return null;
  }

  /** The end of an instance takes its description away. */
  #image(node: NodeView): readonly object[] {
    if (node.deploy_interface !== "direct") return [];
    const info = { image_source: this.#deps.image, image_os_hash_algo: "sha256", image_os_hash_value: "0".repeat(64) };
    return Object.entries(info).map(([key, value]) => ({ op: "add", path: `/instance_info/${key}`, value }));
  }

  /** Whether the node shows that it left the state it was in. */
  async #went(from: NodeView): Promise<boolean> {
    const { body } = await this.#deps.api.insist("GET", `/v1/nodes/${this.uuid}`);
    return body.provision_state !== from.provision_state || body.provision_updated_at !== from.provision_updated_at;
  }

  /** What passes by itself is no refusal of the verb. */
  async #refusal(status: number, body: object): Promise<string | null> {
    if (status !== 0 && status !== 409 && status < 500) return `${status} ${JSON.stringify(body)}`;
    await pause(300);
    return null;
  }
}

function isFree(node: NodeView): boolean {
  return node.reservation === null && !isWorking(node) && !WAIT_STATES.includes(node.provision_state);
}
