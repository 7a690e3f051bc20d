/** Nodes that the ring gives this conductor although another one prepared them: their boot is prepared anew here. */
import { serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeLocked } from "../../common/errors/node.ts";
import type { Core } from "../core.ts";
import { withNode } from "../with-node.ts";
import { ownedBy } from "./ownership.ts";
import { eachOf } from "./scheduler.ts";

const AT_ONCE = 8;
const STATES = ["active", "rescue", "wait call-back", "clean wait", "service wait", "inspect wait", "rescue wait"];

export async function takeoverPass(core: Core): Promise<void> {
  const nodes = await core.stores.nodes.list({
    where: [
      { field: "provision_state", in: STATES },
      { field: "conductor_affinity", null: false },
      { field: "conductor_affinity", notIn: [core.hostname] },
      { field: "reservation", null: true },
    ],
    fields: ["driver", "conductor_group"],
  });
  if (nodes.length === 0) return;
  const owns = await ownedBy(core);
  await eachOf(nodes.filter(owns), AT_ONCE, (node) => takeOver(core, node.uuid));
}

async function takeOver(core: Core, uuid: string): Promise<void> {
  const hold = { purpose: "takeover", context: serviceContext("takeover"), attempts: 1 };
  try {
    await withNode(core, uuid, hold, async (task) => {
      if (task.node.conductor_affinity === core.hostname) return;
      await task.driver.deploy.takeOver(task);
      await task.save({ conductor_affinity: core.hostname });
    });
  } catch (error) {
    if (!NodeLocked.matches(error))
      core.log.warn(
        { error: reasonOf(error), node: uuid },
        "a node could not be taken over; the next pass tries again",
      );
  }
}
