/**
 * Steps that only an iDRAC has (contract/steps.json, management.idrac-redfish). Sources: Dell's Redfish API guide,
 * DellJobService and DellLCService. Unproven on hardware.
 */
import { RedfishFailure } from "../../common/errors/driver.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { redfishAccess } from "../redfish/access.ts";
import { REPEATABLE } from "../redfish/client/lost-answer.ts";
import type { Resource } from "../redfish/client/resource.ts";

const FLOWS = { clean: 0, verify: 0 } as const;
/** All jobs; the forced way also those that are stuck, and restarts the services that run them. */
const [ALL_JOBS, ALL_JOBS_FORCED] = ["JID_CLEARALL", "JID_CLEARALL_FORCE"] as const;
/** Seconds: until the iDRAC goes silent, until it must be back, and between looks. */
const [GONE_AFTER, BACK_WITHIN, LOOK_EVERY] = [30, 900, 10];

export function idracSteps(services: DriverServices): readonly StepDef[] {
  const access = redfishAccess(services);
  const withManager = (task: Task, what: string, work: (manager: Resource) => Promise<void>) =>
    access.system(task, what, async (system) => {
      await task.ensureLock();
      await work(await system.manager());
    });

  const clearJobs = (task: Task, jobs: string) =>
    withManager(task, "clearing the job queue", async (manager) => {
      const service = manager.path.replace(/\/Managers\//, "/Dell/Managers/");
      const path = `${service}/DellJobService/Actions/DellJobService.DeleteJobQueue`;
      await manager.calls.post(path, { JobID: jobs }, { look: REPEATABLE });
    });

  const isReady = async (task: Task): Promise<boolean> => {
    try {
      await withManager(task, "asking whether the iDRAC is back", async (manager) => {
        const service = manager.path.replace(/\/Managers\//, "/Dell/Managers/");
        const path = `${service}/DellLCService/Actions/DellLCService.GetRemoteServicesAPIStatus`;
        const { body } = await manager.calls.post(path, {});
        if (body?.LCStatus !== "Ready")
          throw RedfishFailure({ what: "asking whether the iDRAC is back", reason: "not yet" });
      });
      return true;
    } catch (error) {
      if (RedfishFailure.matches(error)) return false;
      throw error;
    }
  };

  const reset = async (task: Task): Promise<void> => {
    await withManager(task, "restarting the iDRAC", async (manager) => {
      await manager.act("Manager.Reset", { ResetType: "GracefulRestart" });
    });
    await services.sleep(GONE_AFTER * 1000, task.signal);
    const until = services.now() + BACK_WITHIN * 1000;
    while (!(await isReady(task))) {
      if (services.now() > until)
        throw RedfishFailure({
          what: "restarting the iDRAC",
          reason: `it is not back after ${BACK_WITHIN} s; look at it on the spot.`,
        });
      await services.sleep(LOOK_EVERY * 1000, task.signal);
    }
  };

  const step = (name: string, work: (task: Task) => Promise<void>): StepDef => ({
    step: name,
    flows: FLOWS,
    requiresRamdisk: false,
    run: async (task): Promise<StepOutcome> => {
      await work(task);
      return "done";
    },
  });
  return [
    step("clear_job_queue", (task) => clearJobs(task, ALL_JOBS)),
    step("reset_idrac", reset),
    step("known_good_state", async (task) => {
      await reset(task);
      await clearJobs(task, ALL_JOBS_FORCED);
    }),
  ];
}
