/** A resource as it was read, with what may be done to it. */
import type { JsonObject } from "../../../common/json.ts";
import type { Answer, Calls, ChangeOptions } from "./calls.ts";
import { Fields } from "./fields.ts";

export class Resource extends Fields {
  readonly calls: Calls;
  /** For changes: the BMC refuses those of what somebody else has changed meanwhile. */
  readonly etag: string | null;

  constructor(calls: Calls, path: string, json: JsonObject, etag: string | null) {
    super(json, path);
    this.calls = calls;
    this.etag = etag ?? (typeof json["@odata.etag"] === "string" ? json["@odata.etag"] : null);
  }

  /** As the resource calls itself, for messages. */
  get title(): string {
    return this.text("Name") ?? this.text("Id") ?? this.path;
  }

  /** Read again. @throws RedfishError */
  refresh(): Promise<Resource> {
    return this.calls.get(this.path);
  }

  /** The resource that the field refers to; null without such a link. @throws RedfishError */
  async follow(name: string): Promise<Resource | null> {
    const path = this.link(name);
    return path === null ? null : await this.calls.get(path);
  }

  /** All members of the collection that the field refers to; none without such a link. @throws RedfishError */
  async members(name: string): Promise<readonly Resource[]> {
    const path = this.link(name);
    return path === null ? [] : await this.calls.members(path);
  }

  /** @throws RedfishError */
  patch(body: JsonObject): Promise<Answer> {
    return this.calls.patch(this.path, body, this.etag);
  }

  /** Calls an action such as "ComputerSystem.Reset". @throws RedfishError, also when the resource has no such action */
  async act(action: string, body: JsonObject, options: ChangeOptions = {}): Promise<Answer> {
    const found = this.action(action);
    const target =
      found === null ? this.object("Actions").object(`#${action}`).needLink("target") : found.needLink("target");
    return await this.calls.post(target, body, options);
  }
}
