/** Fast track: whether a flow may go on with the ramdisk that already runs, instead of booting it again. */
import { agentHeard, wantsFastTrack } from "../../common/fast-track.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";

type Services = Pick<DriverServices, "config" | "clock">;

/** Wanted, called in lately, and switched on. */
export async function ramdiskRuns(task: Task, services: Services): Promise<boolean> {
  const wanted = wantsFastTrack(task.node, services.config.deploy.fast_track);
  return wanted && agentIsFresh(task, services) && (await task.driver.power.getPowerState(task)) === "power on";
}

export function agentIsFresh(task: Task, { config, clock = Date.now }: Services): boolean {
  return agentHeard(task.node, config.deploy.fast_track_timeout, clock());
}
