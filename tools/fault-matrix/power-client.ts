/** One operator's script for the power of one node that is not deployed: off, on and reboot, again and again. */
import { pause } from "./api-pool.ts";
import type { NodeView } from "./fleet-view.ts";
import { readMachine } from "./machine-file.ts";
import { type Client, type ClientDeps, type Failure, NodeProblem } from "./node-client.ts";

const TARGETS = ["power on", "rebooting", "power off"] as const;
type Target = (typeof TARGETS)[number];

/** A power change that has not ended after so long, while the service is there, never ends. */
const STUCK_MS = 90_000;

export interface PowerClientDeps extends ClientDeps {
  readonly stepLog: string;
}

export class PowerClient implements Client {
  readonly uuid: string;
  cycles = 0;
  readonly failures: Failure[] = [];
  readonly #deps: PowerClientDeps;
  #run: number;

  constructor(uuid: string, deps: PowerClientDeps) {
    this.uuid = uuid;
    this.#deps = deps;
    this.#run = deps.run;
  }

  async cycle(): Promise<void> {
    for (const target of TARGETS) await this.#change(target);
    this.cycles += 1;
  }

  /** Asks until it is accepted, and once more where the change was interrupted. @throws NodeProblem */
  async #change(target: Target): Promise<void> {
    const limit = performance.now() + STUCK_MS * 2;
    while (!(await this.#attempt(target)))
      if (performance.now() > limit)
        throw new NodeProblem("edit", this.#deps.view.nodes.get(this.uuid), `"${target}" was never carried out`);
  }

  async #attempt(target: Target): Promise<boolean> {
    const { api, ledger, stepLog } = this.#deps;
    const run = ++this.#run;
    const { starts } = readMachine(stepLog, this.uuid);
    ledger.attempt(this.uuid, "run", run);
    const change = [{ op: "add", path: "/extra/run", value: run }];
    if ((await api.send("PATCH", `/v1/nodes/${this.uuid}`, change)).status !== 200) return await passing();
    ledger.wrote(this.uuid, "run", run);
    const { status } = await api.send("PUT", `/v1/nodes/${this.uuid}/states/power`, { target });
    if (status !== 202) return await passing();
    const { last_error } = await this.#ended();
    const machine = readMachine(stepLog, this.uuid);
    const done = target === "rebooting" ? machine.starts > starts : machine.power === target;
    ledger.accepted(`"${target}" for ${this.uuid}`, done || last_error !== null);
    if (last_error !== null) this.failures.push({ run, text: `${target}: ${last_error}` });
    return done;
  }

  async #ended(): Promise<NodeView> {
    const { view } = this.#deps;
    for (const since = performance.now(); ; ) {
      await view.next();
      const node = view.nodes.get(this.uuid);
      if (node !== undefined && node.target_power_state === null && node.reservation === null) return node;
      if (performance.now() - since > STUCK_MS)
        throw new NodeProblem("stuck", node, `on its way to ${node?.target_power_state} for ${STUCK_MS / 1000} s`);
    }
  }
}

async function passing(): Promise<false> {
  await pause(300);
  return false;
}
