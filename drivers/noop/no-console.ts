/** No console: every use is refused. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { defineInterface } from "../base/define.ts";
import type { ConsoleInterface } from "../base/interfaces.ts";
import type { Task } from "../base/task.ts";

class NoConsole implements ConsoleInterface {
  readonly properties = {};

  async validate(task: Task): Promise<void> {
    throw refused(task);
  }

  async start(task: Task): Promise<void> {
    throw refused(task);
  }

  async get(task: Task): Promise<never> {
    throw refused(task);
  }

  /** Allowed: a node that changed its console interface may still have one to stop. */
  async stop(): Promise<void> {}
}

const refused = (task: Task) => UnsupportedDriverExtension({ driver: task.node.driver, extension: "console" });

export default defineInterface("console", "no-console", () => new NoConsole());
