/** The ramdisk's side of the service's API: lookup, heartbeat, inspection data, progress. */

import { AGENT_PROTOCOL_VERSION } from "../../../common/agent-protocol.ts";
import { anySignal } from "../../../common/any-signal.ts";
import type { JsonObject } from "../../../common/json.ts";

const LIMIT_MS = 30_000;
/** Lookup creates a token from 1.62, the certificate goes with a heartbeat from 1.68, inspection data with an answer from 1.84. */
const MICROVERSION = "1.84";

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

export class ServiceCalls {
  readonly #api: string;
  readonly #signal: AbortSignal;

  constructor(api: string, signal: AbortSignal) {
    this.#api = api.replace(/\/$/, "");
    this.#signal = signal;
  }

  lookUp(macs: readonly string[]): Promise<Answer> {
    return this.#send("GET", `${this.#api}/v1/lookup?addresses=${macs.join(",")}`);
  }

  beat(node: string, callback: string, token: string | null, certificate: string | null): Promise<Answer> {
    return this.#send("POST", `${this.#api}/v1/heartbeat/${node}`, {
      ...{ callback_url: callback, agent_token: token, agent_version: `ferric-sim/${AGENT_PROTOCOL_VERSION}` },
      ...(certificate === null ? {} : { agent_verify_ca: certificate }),
    });
  }

  inspected(url: string, data: JsonObject): Promise<Answer> {
    return this.#send("POST", url, data);
  }

  /** Nothing that goes wrong with it disturbs the work. */
  async tell(url: string, token: string | null, stage: string, done: number, total: number): Promise<void> {
    const events = [{ type: "progress", stage, done, total, unit: "bytes" }];
    await this.#send("POST", url, { v: AGENT_PROTOCOL_VERSION, agent_token: token, events }).catch(() => null);
  }

  async #send(method: string, url: string, body?: JsonObject): Promise<Answer> {
    const response = await fetch(url, {
      method,
      headers: { "content-type": "application/json", "x-openstack-ironic-api-version": MICROVERSION },
      signal: anySignal([this.#signal, AbortSignal.timeout(LIMIT_MS)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: response.ok && text.startsWith("{") ? JSON.parse(text) : {} };
  }
}
