/** All nodes as the API lists them, read again and again: one reader for all clients, and for the clock of the figures. */
import { type PowerState, type State, WAIT_STATES, WORKING_STATES } from "../../common/states.ts";
import { type ApiPool, pause } from "./api-pool.ts";

export interface NodeView {
  readonly uuid: string;
  readonly provision_state: State;
  readonly power_state: PowerState | null;
  readonly target_power_state: PowerState | null;
  readonly deploy_interface: string;
  readonly reservation: string | null;
  readonly provision_updated_at: string | null;
  readonly last_error: string | null;
  readonly maintenance: boolean;
  readonly extra: Readonly<Record<string, unknown>>;
}

const FIELDS =
  "uuid,provision_state,power_state,target_power_state,deploy_interface,reservation,provision_updated_at,last_error,maintenance,extra";
const EVERY_MS = 250;

/** In a state that only a conductor ends, or on its way to another power state. */
export const isWorking = (node: NodeView): boolean =>
  WORKING_STATES.includes(node.provision_state) || node.target_power_state !== null;

export const waitsForAgent = (node: NodeView): boolean => WAIT_STATES.includes(node.provision_state);

export class FleetView implements AsyncDisposable {
  nodes: ReadonlyMap<string, NodeView> = new Map();
  readonly #api: ApiPool;
  readonly #waiting = new Set<() => void>();
  readonly #restedAt = new Map<string, number>();
  #marked: ReadonlySet<string> = new Set();
  #stopped = false;
  readonly #reading: Promise<void>;

  constructor(api: ApiPool) {
    this.#api = api;
    this.#reading = this.#readOn();
  }

  /** Resolves with the next list that was asked for after now. */
  async next(): Promise<void> {
    await new Promise<void>((done) => this.#waiting.add(done));
  }

  /** From now on it is noted when each of these is first seen in a stable or wait state. */
  mark(uuids: readonly string[]): void {
    this.#restedAt.clear();
    this.#marked = new Set(uuids);
  }

  /** Time (Date.now) at which a marked node was at rest; null while it is not. */
  restedAt(uuid: string): number | null {
    return this.#restedAt.get(uuid) ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#reading;
  }

  async #readOn(): Promise<void> {
    while (!this.#stopped) {
      const waiting = [...this.#waiting];
      const answer = await this.#api.send("GET", `/v1/nodes?limit=1000&fields=${FIELDS}`);
      if (answer.status === 200) {
        this.#take(answer.body.nodes as readonly NodeView[]);
        for (const done of waiting) {
          this.#waiting.delete(done);
          done();
        }
      }
      await pause(EVERY_MS);
    }
    for (const done of this.#waiting) done();
  }

  #take(nodes: readonly NodeView[]): void {
    this.nodes = new Map(nodes.map((node) => [node.uuid, node]));
    for (const uuid of this.#marked) {
      const node = this.nodes.get(uuid);
      if (node === undefined || this.#restedAt.has(uuid) || isWorking(node)) continue;
      this.#restedAt.set(uuid, Date.now());
    }
  }
}
