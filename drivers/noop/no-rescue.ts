/** No rescue: it is refused before it starts; undoing one that is not there succeeds. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { defineInterface } from "../base/define.ts";
import type { RescueInterface } from "../base/interfaces.ts";
import type { Task } from "../base/task.ts";

class NoRescue implements RescueInterface {
  readonly properties = {};

  async validate(task: Task): Promise<void> {
    throw refused(task);
  }

  async rescue(task: Task): Promise<never> {
    throw refused(task);
  }

  async unrescue(task: Task): Promise<never> {
    throw refused(task);
  }

  async cleanUp(): Promise<void> {}
}

const refused = (task: Task) => UnsupportedDriverExtension({ driver: task.node.driver, extension: "rescue" });

export default defineInterface("rescue", "no-rescue", () => new NoRescue());
