/** Steps as interfaces offer them. */
import type { JsonObject } from "../../common/json.ts";
import type { Flow } from "../../common/steps.ts";
import type { Task } from "./task.ts";

/** "done": the next step may run. "wait": a heartbeat, a poll or a timeout goes on; the lock is released. */
export type StepOutcome = "done" | "wait";

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
}
