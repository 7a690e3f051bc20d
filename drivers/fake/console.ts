/** Fake console: may be switched on and off; there is nothing to connect to. */
import type { JsonObject } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { ConsoleInterface } from "../base/interfaces.ts";

class FakeConsole implements ConsoleInterface {
  readonly properties = {};

  async validate(): Promise<void> {}
  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async get(): Promise<JsonObject> {
    return {};
  }
}

export default defineInterface("console", "fake", () => new FakeConsole());
