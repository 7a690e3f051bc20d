/**
 * The agent's view of the service: version discovery, lookup, heartbeat and inspection data over /v1
 * (contract/agent-api.json: lookup, heartbeat, inspection). Several base URLs are tried in their order.
 */
import { anySignal } from "../common/any-signal.ts";
import type { JsonObject } from "../common/json.ts";
import { reasonText } from "./errors.ts";
import { type Answer, exchange, shownUrl, type Trust } from "./http-client.ts";
import { objectOf, parseObject, textOf } from "./wire.ts";

export interface ServiceClientOptions {
  readonly urls: readonly string[];
  readonly trust: Trust;
  /** Milliseconds. */
  readonly timeout: number;
  readonly requestId: string | null;
  /** Fixed version (`ipa-ironic-api-version`); null: asked from the service. */
  readonly version: string | null;
}

export interface Heartbeat {
  readonly callback_url: string;
  readonly agent_token: string | null;
  readonly agent_version: string;
  readonly agent_verify_ca: string | null;
  readonly agent_status?: "start" | "end" | "error";
  readonly agent_status_message?: string;
}

/** An answer of the service that is not the expected one. */
export class ServiceAnswer extends Error {
  readonly status: number;

  constructor(what: string, answer: Answer) {
    super(`${what}: the service answered ${answer.status}${faultText(answer.body)}`);
    this.status = answer.status;
  }
}

const LOOKUP_MINOR = 62;
const INSPECTION_MINOR = 84;
/** The newest version the heartbeat has keys for: agent_status came with 1.72. */
const HEARTBEAT_MINOR = 72;
const VERIFY_CA_MINOR = 68;
const AGENT_VERSION_MINOR = 36;

export class ServiceClient {
  readonly #options: ServiceClientOptions;
  #minor: number | null;

  constructor(options: ServiceClientOptions) {
    this.#options = options;
    this.#minor = options.version === null ? null : minorOf(options.version);
  }

  /** Highest minor version of the service. Unknown (no answer understood): 1.31, as services before discovery. */
  async maximumMinor(signal?: AbortSignal): Promise<number> {
    if (this.#minor !== null) return this.#minor;
    const answer = await this.#send("/", { method: "GET" }, signal);
    if (answer.status !== 200) throw new ServiceAnswer("version discovery", answer);
    const version = textOf(objectOf(parseObject(answer.body, "version document"), "default_version"), "version");
    this.#minor = version === null ? 31 : minorOf(version);
    return this.#minor;
  }

  async acceptsCertificates(signal?: AbortSignal): Promise<boolean> {
    return (await this.maximumMinor(signal)) >= VERIFY_CA_MINOR;
  }

  /** `{node, config}` of the node that owns one of the addresses. Throws ServiceAnswer for any status but 200. */
  async lookup(
    query: { addresses: readonly string[]; uuid: string | null },
    signal?: AbortSignal,
  ): Promise<JsonObject> {
    const minor = Math.min(await this.maximumMinor(signal), LOOKUP_MINOR);
    const search = new URLSearchParams();
    if (query.addresses.length > 0) search.set("addresses", query.addresses.join(","));
    if (query.uuid !== null) search.set("node_uuid", query.uuid);
    const answer = await this.#send(`/v1/lookup?${search}`, { method: "GET", minor }, signal);
    if (answer.status !== 200) throw new ServiceAnswer("lookup", answer);
    return parseObject(answer.body, "lookup answer");
  }

  /** Throws ServiceAnswer for any status but 202. */
  async heartbeat(uuid: string, beat: Heartbeat, signal?: AbortSignal): Promise<void> {
    const minor = Math.min(await this.maximumMinor(signal), HEARTBEAT_MINOR);
    const body: Record<string, string> = { callback_url: beat.callback_url };
    if (minor >= AGENT_VERSION_MINOR) body.agent_version = beat.agent_version;
    if (minor >= LOOKUP_MINOR && beat.agent_token !== null) body.agent_token = beat.agent_token;
    if (minor >= VERIFY_CA_MINOR && beat.agent_verify_ca !== null) body.agent_verify_ca = beat.agent_verify_ca;
    if (minor >= HEARTBEAT_MINOR && beat.agent_status !== undefined) {
      body.agent_status = beat.agent_status;
      body.agent_status_message = beat.agent_status_message ?? "";
    }
    const path = `/v1/heartbeat/${encodeURIComponent(uuid)}`;
    const answer = await this.#send(path, { method: "POST", minor, body: JSON.stringify(body) }, signal);
    if (answer.status !== 202 && answer.status !== 204) throw new ServiceAnswer("heartbeat", answer);
  }

  /** Posts inspection data to `url`, or to the service's own endpoint when null; the answer has the lookup shape from 1.84. */
  async inspection(url: string | null, data: JsonObject, signal?: AbortSignal): Promise<JsonObject> {
    const minor =
      this.#options.urls.length === 0 ? INSPECTION_MINOR : Math.min(await this.maximumMinor(signal), INSPECTION_MINOR);
    const request = { method: "POST", minor, body: JSON.stringify(data) } as const;
    const answer =
      url === null
        ? await this.#send("/v1/continue_inspection", request, signal)
        : await this.#one(new URL(url), request, signal);
    if (answer.status !== 202 && answer.status !== 200) throw new ServiceAnswer("inspection", answer);
    return answer.body === "" ? {} : parseObject(answer.body, "inspection answer");
  }

  async #send(path: string, request: Outgoing, signal?: AbortSignal): Promise<Answer> {
    const failures: string[] = [];
    for (const base of this.#options.urls) {
      const url = new URL(`${base}${path}`);
      try {
        return await this.#one(url, request, signal);
      } catch (error) {
        if (signal?.aborted) throw error;
        failures.push(`${shownUrl(url)}: ${reasonText(error)}`);
      }
    }
    throw new Error(failures.length === 0 ? "no service URL is known (ipa-api-url)" : failures.join("; "));
  }

  #one(url: URL, request: Outgoing, signal?: AbortSignal): Promise<Answer> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (request.minor !== undefined) headers["x-openstack-ironic-api-version"] = `1.${request.minor}`;
    if (request.body !== undefined) headers["content-type"] = "application/json";
    if (this.#options.requestId !== null) headers["x-openstack-request-id"] = this.#options.requestId;
    const limit = AbortSignal.timeout(this.#options.timeout);
    return exchange(url, {
      method: request.method,
      headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      trust: this.#options.trust,
      stall: this.#options.timeout,
      signal: signal === undefined ? limit : anySignal([limit, signal]),
    });
  }
}

interface Outgoing {
  readonly method: "GET" | "POST";
  readonly minor?: number;
  readonly body?: string;
}

function minorOf(version: string): number {
  const minor = Number(version.split(".")[1]);
  return Number.isInteger(minor) ? minor : 31;
}

/** The service's own words, from its error body, for the log. */
function faultText(body: string): string {
  const text = /"faultstring\\?":\s*\\?"((?:[^"\\]|\\[^"])*)/.exec(body)?.[1];
  return text === undefined ? "" : `: ${text.slice(0, 300)}`;
}
