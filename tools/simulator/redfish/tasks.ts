/** Tasks of a BMC: work that goes on behind a 202. How far one is follows from the clock; no timer runs for it. */
import type { Body, Reply } from "./exchange.ts";

const KEPT = 50;

export interface Work {
  readonly name: string;
  /** Until it is done; null: it waits for the next start of the machine. */
  readonly takesMs: number | null;
  /** Once, when it is done. */
  finish(): Reply;
}

interface Task {
  readonly id: string;
  readonly work: Work;
  readonly startedAt: number;
  /** When it will be done; null: at the next start. */
  endsAt: number | null;
  result: Reply | null;
}

export class Tasks {
  readonly #now: () => number;
  readonly #all = new Map<string, Task>();
  #next = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get ids(): readonly string[] {
    return [...this.#all.keys()];
  }

  /** The answer to the request that began it. */
  begin(work: Work): Reply {
    this.#next++;
    const id = String(this.#next);
    const now = this.#now();
    const endsAt = work.takesMs === null ? null : now + work.takesMs;
    this.#all.set(id, { id, work, startedAt: now, endsAt, result: null });
    const oldest = this.ids[0];
    if (this.#all.size > KEPT && oldest !== undefined) this.#all.delete(oldest);
    // Without a body: sushy takes a task in it for the monitor, and its 200 for the end of the work.
    return { status: 202, headers: { location: monitorPath(id) } };
  }

  /** Whatever waited for a start of the machine is done. */
  machineStarted(): void {
    for (const task of this.#all.values()) task.endsAt ??= this.#now();
    this.settle();
  }

  /** Carries out what is due. */
  settle(): void {
    for (const task of this.#all.values())
      if (task.result === null && task.endsAt !== null && task.endsAt <= this.#now()) task.result = task.work.finish();
  }

  show(id: string): Body | null {
    this.settle();
    const task = this.#all.get(id);
    if (task === undefined) return null;
    const { work, startedAt, endsAt, result } = task;
    const share = endsAt === null ? 0 : Math.min(1, (this.#now() - startedAt) / Math.max(1, endsAt - startedAt));
    const isFailed = result !== null && result.status >= 400;
    return {
      "@odata.id": `/redfish/v1/TaskService/Tasks/${id}`,
      "@odata.type": "#Task.v1_7_3.Task",
      Id: id,
      Name: work.name,
      TaskState: result === null ? (endsAt === null ? "Pending" : "Running") : isFailed ? "Exception" : "Completed",
      TaskStatus: isFailed ? "Critical" : "OK",
      PercentComplete: result === null ? Math.floor(share * 100) : 100,
      StartTime: new Date(startedAt).toISOString(),
      ...(result === null || endsAt === null ? {} : { EndTime: new Date(endsAt).toISOString() }),
      TaskMonitor: monitorPath(id),
      Messages: isFailed
        ? [{ MessageId: "Base.1.16.GeneralError", Message: `${work.name} failed.` }]
        : [{ MessageId: "TaskEvent.1.0.TaskProgressChanged", Message: `${work.name}.` }],
    };
  }

  /** What a monitor answers: 202 while it goes on, then the result. */
  monitor(id: string): Reply | null {
    const body = this.show(id);
    const task = this.#all.get(id);
    if (body === null || task === undefined) return null;
    return task.result ?? { status: 202, body, headers: { location: monitorPath(id) } };
  }
}

function monitorPath(id: string): string {
  return `/redfish/v1/TaskService/TaskMonitors/${id}`;
}
