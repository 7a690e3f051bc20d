/** Steps as interfaces offer them. */
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Flow } from "../../common/steps.ts";
import type { Task } from "./task.ts";

/** "done": the next step may run. "wait": a heartbeat, a poll or a timeout goes on; the lock is released. */
export type StepOutcome = "done" | "wait";

/**
 * Under this key of driver_internal_info stands what a step has begun in the hardware and waits for: set before it ends
 * with "wait", and taken out by the conductor when the step has ended. Any conductor can ask on from it.
 */
export const HARDWARE_WORK = "hardware_work";

export interface HardwareWork {
  /** When to ask next, ISO 8601 UTC. */
  readonly due: string;
  /** What only the step's own interface understands. */
  readonly data: JsonObject;
}

/** Null: the node waits for no hardware. */
export function hardwareWork({ driver_internal_info }: Pick<Node, "driver_internal_info">): HardwareWork | null {
  const work = driver_internal_info[HARDWARE_WORK];
  if (!isJsonObject(work) || typeof work.due !== "string" || !isJsonObject(work.data)) return null;
  return { due: work.due, data: work.data };
}

export interface StepDef {
  readonly step: string;
  /** Priority per flow it may run in; 0 means only on request. */
  readonly flows: Readonly<Partial<Record<Flow, number>>>;
  readonly abortable?: boolean;
  /** Not even as a deploy step, all others of which may be aborted. */
  readonly unbroken?: true;
  readonly requiresRamdisk?: boolean;
  readonly argsinfo?: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>;
  run(task: Task, args: JsonObject): Promise<StepOutcome>;
  /**
   * Looks how far the hardware is that the step waits for, when it is due. "wait": it is under way, and the next look is
   * written down. @throws what ended the work
   */
  poll?(task: Task): Promise<StepOutcome>;
}
