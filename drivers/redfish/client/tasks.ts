/**
 * Work that a BMC goes on with after its answer (DSP0266 12.2): a monitor to be asked, a Task resource, or both. What is
 * under way is a value that can be written down, so that another process may ask on.
 */
import type { Answer, Calls } from "./calls.ts";
import { Fields } from "./fields.ts";
import { inWords, messageOf, messagesOf } from "./messages.ts";
import { isTrouble, RedfishError } from "./redfish-error.ts";

/** Paths; at least one of them is there. */
export interface TaskRef {
  readonly monitor: string | null;
  readonly task: string | null;
}

export type TaskProgress =
  | { readonly state: "running"; readonly percent: number | null; readonly text: string | null }
  | { readonly state: "done"; readonly text: string | null }
  | { readonly state: "failed"; readonly text: string };

const RUNNING = [
  "New",
  "Starting",
  "Running",
  "Pending",
  "Service",
  "Stopping",
  "Cancelling",
  "Suspended",
  "Interrupted",
];
const FAILED = ["Exception", "Killed", "Cancelled"];
const POLL_MS = [1000, 10_000] as const;

/** What the answer started; null when all was done with it. */
export function taskOf({ status, location, body }: Answer): TaskRef | null {
  // Some say "done" and name the task that they have only just begun.
  const isTaskAt = location !== null && /\/task(s|mon|monitors?)\//i.test(location);
  if (status !== 202) return isTaskAt && status !== 201 ? { monitor: location, task: null } : null;
  const own = body === null ? null : body["@odata.id"];
  const type = body === null ? undefined : body["@odata.type"];
  const isTask = typeof type === "string" ? /#Task\./.test(type) : true;
  const task = typeof own === "string" && isTask && own !== "" ? own : null;
  const named = body === null ? null : body.TaskMonitor;
  const monitor = location ?? (typeof named === "string" && named !== "" ? named : null);
  return monitor === null && task === null ? null : { monitor, task };
}

/**
 * How far it is. A monitor that is gone has been answered before, or was forgotten with a restart of the BMC: the Task tells,
 * if there is one; without it the work counts as done, and its caller looks at the outcome. @throws RedfishError
 */
export async function taskProgress(calls: Calls, ref: TaskRef): Promise<TaskProgress> {
  if (ref.task !== null) {
    const task = await calls.find(ref.task);
    if (task !== null) return progressOf(task);
  }
  if (ref.monitor === null) return { state: "done", text: "the BMC has forgotten the task" };
  try {
    const { status, body } = await calls.look(ref.monitor);
    const fields = new Fields(body ?? {}, ref.monitor);
    if (fields.has("TaskState")) return progressOf(fields);
    if (status === 202) return { state: "running", percent: null, text: null };
    return { state: "done", text: inWords(messagesOf(body ?? undefined)) };
  } catch (error) {
    if (isTrouble(error, "missing")) return { state: "done", text: "the BMC has forgotten the task" };
    if (isTrouble(error, "refused", "failed", "conflict", "unsupported"))
      return { state: "failed", text: error.message };
    throw error;
  }
}

function progressOf(task: Fields): TaskProgress {
  const state = task.text("TaskState") ?? "";
  const messages = task
    .list("Messages")
    .map(messageOf)
    .filter((message) => message !== null);
  const text = inWords(messages);
  if (RUNNING.includes(state)) return { state: "running", percent: task.number("PercentComplete"), text };
  const status = task.text("TaskStatus");
  if (FAILED.includes(state) || status === "Critical")
    return { state: "failed", text: text ?? `the task ended as ${state} (${status ?? "no status"}) without a reason` };
  return { state: "done", text };
}

/** Until it has ended. @throws RedfishError when it failed or took longer than `timeoutMs` */
export async function finished(
  calls: Calls,
  answer: Answer,
  wait: { readonly timeoutMs: number; sleep(ms: number, signal: AbortSignal): Promise<void>; now(): number },
): Promise<void> {
  const ref = taskOf(answer);
  if (ref === null) return;
  const until = wait.now() + wait.timeoutMs;
  for (let pause: number = POLL_MS[0]; ; pause = Math.min(POLL_MS[1], pause * 2)) {
    const progress = await taskProgress(calls, ref);
    if (progress.state === "done") return;
    if (progress.state === "failed") throw new RedfishError("failed", `the BMC's task failed: ${progress.text}`);
    if (wait.now() + pause > until)
      throw new RedfishError(
        "silent",
        `the BMC's task ${ref.task ?? ref.monitor} has not ended within ${wait.timeoutMs / 1000} s`,
      );
    await wait.sleep(pause, calls.caller.signal);
  }
}
