/** The validation of an interface that stands for "none": the action it belongs to is refused. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import type { Task } from "../base/task.ts";

export function refuses(extension: string): (task: Task) => Promise<void> {
  return async (task) => {
    throw UnsupportedDriverExtension({ driver: task.node.driver, extension });
  };
}
