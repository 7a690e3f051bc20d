/** The few calls of the public API that the demo makes, as any client would make them. */
import { anySignal } from "../../common/any-signal.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import type { State } from "../../common/states.ts";
import { pause } from "../pause.ts";

export interface DemoNode {
  readonly uuid: string;
  readonly name: string | null;
  readonly driver: string;
  readonly provision_state: State;
  readonly target_provision_state: State | null;
  readonly last_error: string | null;
  readonly power_state: string | null;
  readonly driver_info: JsonObject;
}

const MICROVERSION = "1.90";
const TIMEOUT_MS = 30_000;
const POLL_MS = 200;

export class DemoClient {
  readonly #base: string;
  readonly #signal: AbortSignal;

  constructor(base: string, signal: AbortSignal) {
    this.#base = base;
    this.#signal = signal;
  }

  async createNode(values: { readonly [key: string]: Json }): Promise<DemoNode> {
    return (await this.#send("POST", "/v1/nodes", values)) as DemoNode;
  }

  async createPort(node: string, address: string): Promise<void> {
    await this.#send("POST", "/v1/ports", { node_uuid: node, address });
  }

  async patch(node: string, changes: readonly Json[]): Promise<void> {
    await this.#send("PATCH", `/v1/nodes/${node}`, [...changes]);
  }

  async provision(node: string, target: string): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${node}/states/provision`, { target });
  }

  async node(uuid: string): Promise<DemoNode> {
    return (await this.#send("GET", `/v1/nodes/${uuid}`)) as DemoNode;
  }

  async nodes(): Promise<readonly DemoNode[]> {
    const fields = "uuid,name,driver,provision_state,target_provision_state,last_error,power_state,driver_info";
    const answer = await this.#send("GET", `/v1/nodes?fields=${fields}`);
    return (answer as { nodes: readonly DemoNode[] }).nodes;
  }

  /** Asks until the node is in one of `states`. @throws Error when it stops anywhere else */
  async settle(uuid: string, states: readonly State[]): Promise<DemoNode> {
    for (;;) {
      const node = await this.node(uuid);
      if (states.includes(node.provision_state)) return node;
      if (node.last_error !== null) throw new Error(`${node.name} is in "${node.provision_state}": ${node.last_error}`);
      await pause(POLL_MS, this.#signal);
    }
  }

  /** @throws Error with the API's own words */
  async #send(method: string, path: string, body?: Json): Promise<unknown> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { "content-type": "application/json", "x-openstack-ironic-api-version": MICROVERSION },
      signal: anySignal([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  }
}
