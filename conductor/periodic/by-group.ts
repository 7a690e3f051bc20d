/** Periodic work over many nodes that needs a worker for each: as workers come free, conductor groups in turn. */
import type { Node } from "../../common/objects/node.ts";
import type { Core } from "../core.ts";
import { inTurns } from "../turns.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { eachOf } from "./scheduler.ts";

type Grouped = Pick<Node, "uuid" | "conductor_group">;

/** `work` must not reject; a slot that it has not handed on is free again when it ends. */
export async function eachByGroup(
  core: Core,
  nodes: readonly Grouped[],
  atOnce: number,
  work: (uuid: string, take: () => WorkerSlot) => Promise<void>,
): Promise<void> {
  const turns = inTurns(nodes, (node) => node.conductor_group);
  await eachOf(turns, atOnce, async ({ uuid, conductor_group }) => {
    const slot = await core.pool.next(conductor_group, core.stopping);
    if (slot === null) return;
    let handedOn = false;
    const take = () => {
      handedOn = true;
      return slot;
    };
    await work(uuid, take);
    if (!handedOn) slot.free();
  });
}
