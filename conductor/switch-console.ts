/** Switches a node's console and tells of it, whoever wants it switched. */
import { reasonOf } from "../common/errors/fault.ts";
import type { NodeTask } from "./task.ts";

/** "restored": it was on and is started again, by this conductor. @throws what its interface throws */
export async function switchConsole(task: NodeTask, to: "on" | "off" | "restored"): Promise<void> {
  const action = `console ${to}`;
  const { console } = task.driver;
  task.tell({ type: "action", action, status: "sent" });
  try {
    await (to === "off" ? console.stop(task) : console.start(task));
  } catch (error) {
    task.tell({ type: "action", action, status: "failed", detail: reasonOf(error) });
    throw error;
  }
  if (to === "off") await task.save({ console_enabled: false });
  // Else the next look for nodes that nobody has prepared here would start it anew, under its viewers.
  if (to === "on")
    await task.save({ console_enabled: true, conductor_affinity: task.node.conductor_affinity ?? task.core.hostname });
  task.tell({ type: "action", action, status: "done" });
}
