/** What has come into a collection since it was looked at: where the answer that names it got lost, that is what tells. */
import type { Answer, Calls } from "./calls.ts";
import { RedfishError } from "./redfish-error.ts";

/** Paths that were not there before; none where the collection cannot be read. */
export type Newcomers = () => Promise<readonly string[]>;

/** `path` null: there is no such collection. @throws the signal's reason */
export async function newcomers(calls: Calls, path: string | null): Promise<Newcomers> {
  const before = await listed(calls, path);
  if (before === null) return async () => [];
  return async () => ((await listed(calls, path)) ?? []).filter((one) => !before.includes(one));
}

/**
 * Finds the task that a POST or DELETE to `target` has begun since, as the answer that would have named it. Null: there is
 * none, or more than one that may be it. Source: DSP2046, TaskService and Task, Payload.
 */
export async function newTask(calls: Calls, target: string): Promise<() => Promise<Answer | null>> {
  const fresh = await newcomers(calls, await tasksPath(calls));
  return async () => {
    const own: string[] = [];
    for (const path of await fresh()) {
      const uri = (await calls.find(path))?.object("Payload").text("TargetUri") ?? target;
      if (uri === target) own.push(path);
    }
    const [only, another] = own;
    if (only === undefined || another !== undefined) return null;
    return { status: 202, location: null, body: { "@odata.id": only } };
  };
}

async function tasksPath(calls: Calls): Promise<string | null> {
  const service = (await calls.root()).link("Tasks");
  if (service === null) return null;
  return (await unlessTrouble(calls.get(service)))?.link("Tasks") ?? null;
}

async function listed(calls: Calls, path: string | null): Promise<readonly string[] | null> {
  return path === null ? null : await unlessTrouble(calls.memberPaths(path));
}

/** It only helps, so it is no reason not to act. */
async function unlessTrouble<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RedfishError) return null;
    throw error;
  }
}
