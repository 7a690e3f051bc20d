/** A log that keeps what was notified, for services with [oslo_messaging_notifications]driver = log. */
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { Logger } from "../../common/log.ts";

export class NotifiedLog implements Logger {
  readonly all: JsonObject[] = [];
  /** Topic and priority of each. */
  readonly keys: string[] = [];

  info(detail: object, text: string): void {
    const { notification, key } = detail as { notification?: JsonObject; key?: string };
    if (text !== "notification" || notification === undefined) return;
    this.all.push(notification);
    this.keys.push(key ?? "");
  }
  debug(): void {}
  warn(): void {}
  error(): void {}
  child(): Logger {
    return this;
  }

  events(): readonly string[] {
    return this.all.map(({ event_type }) => String(event_type));
  }

  /** Resolves once an event of that name has come so often. @throws Error after 60 s */
  async until(event: string, times = 1): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (this.events().filter((one) => one === event).length < times) {
      if (performance.now() > deadline) throw new Error(`no ${event} among ${this.events().join(", ")}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** What is told of a record. */
export function dataOf({ payload }: JsonObject): JsonObject {
  const data = isJsonObject(payload) ? payload["ironic_object.data"] : undefined;
  return isJsonObject(data) ? data : {};
}
