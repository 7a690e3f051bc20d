/** Steps that only an iDRAC has, against a BMC that answers as Dell's guide says. */
import assert from "node:assert/strict";
import management from "../../../../drivers/idrac/management.ts";
import { redfishAccess } from "../../../../drivers/redfish/access.ts";
import { type TestServices, testServices, testTask } from "../../../support/driver-task.ts";
import { answering, TestBmc, where } from "../../../support/redfish-bmc.ts";

const MANAGER = "/redfish/v1/Managers/1";
const DELL = "/redfish/v1/Dell/Managers/1";

describe("steps of an iDRAC", () => {
  let bmc: TestBmc;
  let services: TestServices;

  beforeEach(async () => {
    bmc = await TestBmc.start();
    const target = `${MANAGER}/Actions/Manager.Reset`;
    bmc.change(MANAGER, { Actions: { "#Manager.Reset": { target } } });
    bmc.on(where(({ method, path }) => method === "POST" && path.includes("Actions"), answering(204, null)));
    bmc.on(where(({ path }) => path.endsWith("GetRemoteServicesAPIStatus"), answering(200, { LCStatus: "Ready" })));
    services = testServices({ redfish: { connection_attempts: 1, read_timeout: 2 } });
  });
  afterEach(async () => {
    await redfishAccess(services).close();
    await bmc[Symbol.asyncDispose]();
  });

  const run = (name: string) => {
    const step = management.make(services).steps?.find((one) => one.step === name);
    assert.ok(step, name);
    return step.run(testTask({ driver_info: bmc.driverInfo() }), {});
  };
  const actions = () =>
    bmc.seen
      .filter(({ method, path }) => method === "POST" && path.includes("Actions"))
      .map(({ path, body }) => [path.split("/").at(-1), body]);

  it("wait after a restart until its services are ready, however often it is silent", async () => {
    const isAsked = ({ path }: { path: string }) => path.endsWith("GetRemoteServicesAPIStatus");
    bmc.once(where(isAsked, answering(503)));
    bmc.once(where(isAsked, answering(200, { LCStatus: "Initializing" })));
    assert.equal(await run("reset_idrac"), "done");
    assert.deepEqual(actions()[0], ["Manager.Reset", { ResetType: "GracefulRestart" }]);
    assert.equal(actions().length, 4);
    assert.equal(services.slept[0], 30);
  });

  it("give up on one that does not come back", async () => {
    bmc.on(where(({ path }) => path.endsWith("GetRemoteServicesAPIStatus"), answering(200, { LCStatus: "InUse" })));
    await assert.rejects(run("reset_idrac"), /restarting the iDRAC: it is not back after 900 s/);
  });

  it("clear the job queue, by force for the known good state", async () => {
    await run("clear_job_queue");
    assert.equal(bmc.seen.at(-1)?.path, `${DELL}/DellJobService/Actions/DellJobService.DeleteJobQueue`);
    assert.deepEqual(actions(), [["DellJobService.DeleteJobQueue", { JobID: "JID_CLEARALL" }]]);
    await run("known_good_state");
    assert.deepEqual(actions().at(-1), ["DellJobService.DeleteJobQueue", { JobID: "JID_CLEARALL_FORCE" }]);
  });
});
