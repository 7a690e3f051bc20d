/** Steps that wait for hardware: asked for when due, by whichever conductor lives, through a real BMC on sockets. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../common/json.ts";
import { hardwareWork } from "../../../drivers/base/steps.ts";
import { type ConductorUnderTest, conductorUnderTest, FAKE } from "../../support/conductor-under-test.ts";
import { answering, TestBmc, where } from "../../support/redfish-bmc.ts";

const SYSTEM = "/redfish/v1/Systems/1";
const BIOS = `${SYSTEM}/Bios`;
const TASK = "/redfish/v1/TaskService/Tasks/1";
const UPDATE = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";
const SETTINGS = { settings: [{ name: "Turbo", value: "Off" }] };

describe("steps that wait for hardware", () => {
  let under: ConductorUnderTest;
  let bmc: TestBmc;

  before(async () => {
    under = await conductorUnderTest({
      DEFAULT: {
        ...FAKE,
        enabled_bios_interfaces: ["fake", "redfish"],
        enabled_firmware_interfaces: ["fake", "redfish"],
      },
      redfish: { connection_attempts: 1, read_timeout: 2 },
    });
  });
  after(() => under[Symbol.asyncDispose]());
  beforeEach(async () => {
    bmc = await TestBmc.start();
    bmc.change(SYSTEM, { Bios: { "@odata.id": BIOS } });
    const settings = { SettingsObject: { "@odata.id": `${BIOS}/Settings` } };
    bmc.resources.set(BIOS, {
      "@odata.id": BIOS,
      Attributes: { Turbo: "On", Cores: 4 },
      "@Redfish.Settings": settings,
    });
    bmc.resources.set(`${BIOS}/Settings`, { "@odata.id": `${BIOS}/Settings`, Attributes: {} });
    bmc.change("/redfish/v1/", { UpdateService: { "@odata.id": "/redfish/v1/UpdateService" } });
    bmc.resources.set("/redfish/v1/UpdateService", { Actions: { "#UpdateService.SimpleUpdate": { target: UPDATE } } });
  });
  afterEach(() => bmc[Symbol.asyncDispose]());

  async function cleaned(step: JsonObject): Promise<string> {
    const node = await under.nodeIn("manageable", {
      bios_interface: "redfish",
      firmware_interface: "redfish",
      driver_info: bmc.driverInfo(),
      properties: {},
    });
    const clean_steps = [step as never];
    await under.call("doNodeClean", { node, clean_steps, disable_ramdisk: true });
    return node;
  }
  const apply = { interface: "bios", step: "apply_configuration", args: SETTINGS };
  const pass = async (seconds = 0) => {
    under.advance(seconds);
    await under.conductor.pass("hardware steps");
    await under.conductor.idle();
  };
  const takeEffect = () => bmc.change(BIOS, { Attributes: { Turbo: "Off" } });

  it("go on when the hardware is done, and not before it is due", async () => {
    const node = await cleaned(apply);
    await under.until(node, "clean wait");
    assert.deepEqual(bmc.resources.get(`${BIOS}/Settings`)?.Attributes, { Turbo: "Off" });
    const asked = bmc.seen.length;
    await pass();
    assert.equal(bmc.seen.length, asked, "it is not due");
    await pass(31);
    assert.equal((await under.node(node)).provision_state, "clean wait");
    assert.ok(bmc.seen.length > asked);
    takeEffect();
    await pass(31);
    const done = await under.until(node, "manageable");
    assert.equal(hardwareWork(done), null);
    assert.equal(done.last_error, null);
    const settings = await under.stores.biosSettings.ofNode(node);
    assert.equal(settings.find(({ name }) => name === "Turbo")?.value, "Off");
  });

  it("outlive the conductor that began them", async () => {
    const node = await cleaned(apply);
    await under.until(node, "clean wait");
    await under.crash();
    takeEffect();
    await pass(31);
    assert.equal((await under.until(node, "manageable")).last_error, null);
  });

  it("are not taken for done by a heartbeat", async () => {
    const node = await cleaned(apply);
    await under.until(node, "clean wait");
    const token = await under.lookup(node);
    await under.beat(node, token);
    await under.conductor.idle();
    assert.equal((await under.node(node)).provision_state, "clean wait");
  });

  it("fail with what is left undone when the hardware does not come to it", async () => {
    const node = await cleaned(apply);
    await under.until(node, "clean wait");
    await pass(3000);
    const failed = await under.until(node, "clean failed");
    assert.match(
      failed.last_error ?? "",
      /bios\.apply_configuration \(1 of 1\) failed: .*Turbo have not taken their values within 3000 s/,
    );
    assert.equal(hardwareWork(failed), null);
  });

  it("end with an abort once they are done", async () => {
    const node = await cleaned(apply);
    await under.until(node, "clean wait");
    await under.call("doProvisioningAction", { node, action: "abort" });
    assert.equal((await under.node(node)).provision_state, "clean wait", "it may not be broken off");
    takeEffect();
    await pass(31);
    assert.match(
      (await under.until(node, "clean failed")).last_error ?? "",
      /aborted by request after the step had ended/,
    );
  });

  describe("firmware", () => {
    const update = (settings: readonly JsonObject[]) =>
      ({ interface: "firmware", step: "update", args: { settings } }) as JsonObject;
    const image = (component: string) => ({ component, url: `http://images/${component}.bin` });
    const updates = () => bmc.seen.filter(({ path }) => path === UPDATE).map(({ body }) => body?.ImageURI);

    beforeEach(() => {
      bmc.resources.set(TASK, { "@odata.id": TASK, TaskState: "Running", PercentComplete: 10 });
      const accepted = answering(202, { "@odata.id": TASK, "@odata.type": "#Task.v1_4_0.Task" });
      bmc.on(where(({ path }) => path === UPDATE, accepted));
    });

    it("is updated image by image, while the BMC is away at times and its conductor dies", async () => {
      const node = await cleaned(update([image("bmc"), image("bios")]));
      await under.until(node, "clean wait");
      await pass(61);
      bmc.change(TASK, { TaskState: "Completed" });
      await pass(61);
      assert.deepEqual(updates(), ["http://images/bmc.bin"]);
      bmc.once(answering(503));
      await pass(61);
      assert.equal((await under.node(node)).provision_state, "clean wait", "the BMC starts anew");
      await under.crash();
      await pass(61);
      assert.deepEqual(updates(), ["http://images/bmc.bin", "http://images/bios.bin"]);
      await pass(61);
      assert.equal((await under.until(node, "manageable")).last_error, null);
    });

    it("fails with the BMC's own words", async () => {
      const node = await cleaned(update([image("bmc")]));
      await under.until(node, "clean wait");
      const said = [{ MessageId: "Update.1.0.VerificationFailed", Message: "The image is not signed." }];
      bmc.change(TASK, { TaskState: "Exception", TaskStatus: "Critical", Messages: said });
      await pass(61);
      assert.match(
        (await under.until(node, "clean failed")).last_error ?? "",
        /updating bmc .*The image is not signed/,
      );
    });

    it("does not give an image twice when nobody knows whether the BMC has heard", async () => {
      const node = await cleaned(update([image("bmc")]));
      const waiting = await under.until(node, "clean wait");
      const work = hardwareWork(waiting);
      assert.ok(work);
      const lost = { due: work.due, data: { ...work.data, stage: "asking", task: null } };
      await under.stores.nodes.amend(node, (now) => ({
        driver_internal_info: { ...now.driver_internal_info, hardware_work: lost },
      }));
      await pass(61);
      assert.match((await under.until(node, "clean failed")).last_error ?? "", /stopped while the BMC was being told/);
      assert.deepEqual(updates(), ["http://images/bmc.bin"]);
    });
  });
});
