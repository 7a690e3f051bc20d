/** What a caller says to a BMC: resources, collections in pages or in one go, changes with ETags, actions. */
import type { JsonObject } from "../../../common/json.ts";
import { jsonOf } from "./answers.ts";
import type { Caller } from "./bmc.ts";
import type { RedfishClient, Request } from "./client.ts";
import type { HttpAnswer } from "./connection.ts";
import type { Fields } from "./fields.ts";
import { found, holds, type Look, sendOrFind } from "./lost-answer.ts";
import { quirksFor, vendorOf } from "./quirks.ts";
import { isTrouble, RedfishError } from "./redfish-error.ts";
import { Resource } from "./resource.ts";

export interface Answer {
  readonly status: number;
  /** Path of what was made, or of the monitor of what is under way. */
  readonly location: string | null;
  readonly body: JsonObject | null;
}

export interface CallOptions {
  /** For slow answers. */
  readonly answerMs?: number;
}

export interface ChangeOptions extends CallOptions {
  /** What the BMC shows of it when its answer got lost; without it nobody can tell, and it is never sent again. */
  readonly look?: Look;
  /** Milliseconds in which it may be sent again. */
  readonly withinMs?: number;
}

/** A collection that goes on for ever has an end here. */
const [MOST_PAGES, MOST_MEMBERS] = [200, 5000];

type Sent = { readonly look?: Look | null; readonly withinMs?: number };

/** What calls need of a client. */
export type Requests = Pick<RedfishClient, "bmc" | "clock" | "request" | "root">;

export class Calls {
  readonly client: Requests;
  readonly caller: Caller;

  constructor(client: Requests, caller: Caller) {
    this.client = client;
    this.caller = caller;
  }

  root(): Promise<Fields> {
    return this.client.root(this.caller);
  }

  /** @throws RedfishError */
  async get(path: string, options: CallOptions = {}): Promise<Resource> {
    const answer = await this.client.request(
      { method: "GET", path: this.#local(path), body: null, ...options },
      this.caller,
    );
    return this.#resource(path, answer);
  }

  /** Null when nothing is there. @throws RedfishError */
  async find(path: string): Promise<Resource | null> {
    try {
      return await this.get(path);
    } catch (error) {
      if (isTrouble(error, "missing")) return null;
      throw error;
    }
  }

  /** As it is: for the monitors of tasks, whose status tells. @throws RedfishError */
  async look(path: string): Promise<Answer> {
    return answerOf(await this.client.request({ method: "GET", path: this.#local(path), body: null }, this.caller));
  }

  /**
   * Sets properties. A BMC that wants another ETag than the given one gets that of the resource as it is now: what is set
   * here does not depend on what was there. Where the answer got lost, the properties tell. @throws RedfishError
   */
  async patch(path: string, body: JsonObject, etag: string | null = null): Promise<Answer> {
    let tag = etag;
    const look: Look = async () => {
      const now = await this.get(path);
      tag = now.etag;
      return found(holds(now.json, body));
    };
    return await this.#change(() => this.#patched(path, body, tag), { look });
  }

  async #patched(path: string, body: JsonObject, etag: string | null): Promise<Answer> {
    try {
      return await this.#patch(path, body, etag);
    } catch (error) {
      if (!(error instanceof RedfishError) || (error.status !== 412 && error.status !== 428)) throw error;
    }
    const now = (await this.get(path)).etag;
    try {
      return await this.#patch(path, body, now ?? "*");
    } catch (error) {
      // Some give a weak one and compare it as a strong one.
      if (!(error instanceof RedfishError) || error.status !== 412 || !now?.startsWith("W/")) throw error;
      return await this.#patch(path, body, now.slice(2));
    }
  }

  /** @throws RedfishError */
  async post(path: string, body: JsonObject, { answerMs, ...options }: ChangeOptions = {}): Promise<Answer> {
    const request: Request = {
      ...{ method: "POST", path: this.#local(path), body },
      ...(answerMs === undefined ? {} : { answerMs }),
    };
    return await this.#change(async () => answerOf(await this.client.request(request, this.caller)), options);
  }

  /** Without a look: what is gone has been deleted. @throws RedfishError */
  async delete(path: string, look: Look = async () => found((await this.find(path)) === null)): Promise<Answer> {
    const request: Request = { method: "DELETE", path: this.#local(path), body: null };
    return await this.#change(async () => answerOf(await this.client.request(request, this.caller)), { look });
  }

  async #change(send: () => Promise<Answer>, { look = null, ...options }: Sent): Promise<Answer> {
    const { bmc, clock } = this.client;
    return await sendOrFind(send, look, { bmc, clock, caller: this.caller, ...options });
  }

  /** All members of a collection, in its order: expanded where the BMC can, else one after the other. @throws RedfishError */
  async members(path: string): Promise<readonly Resource[]> {
    const found: Resource[] = [];
    for (const member of await this.#listed(path)) {
      const own = member.text("@odata.id");
      if (own === null) continue;
      const isWhole = Object.keys(member.json).some((key) => !key.startsWith("@"));
      if (isWhole) found.push(new Resource(this, own, member.json, null));
      else found.push(await this.get(own));
    }
    return found;
  }

  /** Paths of the members. @throws RedfishError */
  async memberPaths(path: string): Promise<readonly string[]> {
    const members = await this.#pages(path);
    return members.map((member) => member.text("@odata.id")).filter((path) => path !== null);
  }

  async #listed(path: string): Promise<readonly Fields[]> {
    const root = await this.root();
    const query = quirksFor({ vendor: vendorOf(root), model: null, firmware: null }).expand ? expandQuery(root) : null;
    if (query === null) return await this.#pages(path);
    try {
      return await this.#pages(`${path}?${query}`);
    } catch (error) {
      // Offered, and not kept.
      if (!isTrouble(error, "refused", "unsupported", "failed", "malformed")) throw error;
      return await this.#pages(path);
    }
  }

  async #pages(path: string): Promise<readonly Fields[]> {
    const members: Fields[] = [];
    const seen = new Set<string>();
    for (let next: string | null = path; next !== null && !seen.has(next); ) {
      seen.add(next);
      const page: Resource = await this.get(next);
      members.push(...page.objects("Members"));
      if (seen.size > MOST_PAGES || members.length > MOST_MEMBERS)
        throw new RedfishError(
          "malformed",
          `${path}: the collection has more than ${MOST_MEMBERS} members or ${MOST_PAGES} pages`,
        );
      next = page.link("Members@odata.nextLink") ?? page.text("Members@odata.nextLink");
    }
    return members;
  }

  async #patch(path: string, body: JsonObject, etag: string | null): Promise<Answer> {
    const headers: Record<string, string> = etag === null ? {} : { "If-Match": etag };
    return answerOf(
      await this.client.request({ method: "PATCH", path: this.#local(path), body, headers }, this.caller),
    );
  }

  /** Some BMCs name themselves in links. @throws RedfishError for a link that leads to somebody else */
  #local(path: string): string {
    const { origin } = this.client.bmc;
    if (!URL.canParse(path, origin))
      throw new RedfishError("malformed", `"${path.slice(0, 200)}" is no path of a resource`);
    const url = new URL(path, origin);
    if (url.origin !== origin && url.hostname !== new URL(origin).hostname)
      throw new RedfishError("redirected", `the BMC refers to ${url.origin}, which is not itself`);
    return url.pathname + url.search;
  }

  #resource(path: string, { headers, status, text }: HttpAnswer): Resource {
    const json = jsonOf(text);
    if (json === null)
      throw new RedfishError("malformed", `GET ${path} was answered with something that is no JSON object`, { status });
    return new Resource(this, path.split("?")[0] ?? path, json, headers.etag ?? null);
  }
}

function answerOf({ status, headers, text }: HttpAnswer): Answer {
  return { status, location: headers.location ?? null, body: jsonOf(text) };
}

/** Which query brings the members along (DSP0266 7.3.1); null when the BMC has none. */
function expandQuery(root: Fields): string | null {
  const expand = root.object("ProtocolFeaturesSupported").object("ExpandQuery");
  if (expand.boolean("NoLinks") === true)
    return expand.boolean("Levels") === true ? "$expand=.($levels=1)" : "$expand=.";
  if (expand.boolean("ExpandAll") === true)
    return expand.boolean("Levels") === true ? "$expand=*($levels=1)" : "$expand=*";
  return null;
}
