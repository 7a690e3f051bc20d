/** Asks, when it is due, how far the hardware is that steps wait for. A node in maintenance waits on. */
import type { Node } from "../../common/objects/node.ts";
import { WAIT_STATES } from "../../common/states.ts";
import { hardwareWork } from "../../drivers/base/steps.ts";
import { millis } from "../clock.ts";
import type { Core } from "../core.ts";
import { followHardware } from "../flows/hardware-steps.ts";
import { isWaiting } from "../flows/in-band.ts";
import { failFlow } from "../flows/table.ts";
import type { NodeTask } from "../task.ts";
import { eachByGroup } from "./by-group.ts";
import { nodesWhere } from "./node-pages.ts";
import { oldWaits } from "./old-waits.ts";
import { visit } from "./visit.ts";

/** How exactly the times are kept at which steps want to ask their hardware. */
export const HARDWARE_CHECK_SECONDS = 15;
const AT_ONCE = 16;

export async function hardwarePass(core: Core): Promise<void> {
  const owns = await core.members.owned();
  const isDue = (node: Node) => {
    const work = hardwareWork(node);
    return work !== null && (millis(work.due) ?? 0) <= core.clock();
  };
  const waiting = oldWaits(core, WAIT_STATES, 0);
  const due = await nodesWhere(core, waiting, ["driver_internal_info"], (node) => owns(node) && isDue(node));
  const trouble = "the hardware that a step waits for could not be asked; the next pass tries it";
  await eachByGroup(core, due, AT_ONCE, async (uuid, take) => {
    await visit(core, uuid, { purpose: "hardware step", trouble }, async (task) => {
      if (isDue(task.node)) task.later({ slot: take(), work: followHardware, failed });
    });
  });
}

/** While the node still waits nothing has been begun: the next pass asks again. */
async function failed(task: NodeTask, error: unknown): Promise<void> {
  if (isWaiting(task.node.provision_state)) task.log.warn({ error }, "the hardware of a step could not be asked");
  else await failFlow(task, error);
}
