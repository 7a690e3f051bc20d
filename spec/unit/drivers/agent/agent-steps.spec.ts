/** What a heartbeat means while a step runs in the agent, and how cleaning and servicing use the ramdisk. */
import assert from "node:assert/strict";
import direct from "../../../../drivers/agent/direct.ts";
import type { AgentWork, DeployInterface } from "../../../../drivers/base/interfaces.ts";
import { agentAt, type Bench, makeBench } from "./support/bench.ts";
import { type MockAgent, type Outcome, startMockAgent } from "./support/mock-agent.ts";

const METADATA = {
  step: "erase_devices_metadata",
  priority: 99,
  interface: "deploy",
  reboot_requested: false,
  abortable: true,
};
const CLEAN_STEP = { ...METADATA, interface: "deploy" as const, requires_ramdisk: true };

describe("steps in the agent", () => {
  let agent: MockAgent;
  let bench: Bench;
  let deploy: DeployInterface;
  let work: AgentWork;

  beforeEach(async () => {
    agent = await startMockAgent({
      "clean.get_clean_steps": {
        result: {
          clean_steps: { Special: [{ ...METADATA, priority: 50 }], Generic: [METADATA, { step: "x" }, 7] },
          hardware_manager_version: { generic: "1.2" },
        },
      },
      "clean.execute_clean_step": { status: "RUNNING" },
    });
    bench = makeBench({ node: { ...agentAt(agent.url), provision_state: "clean wait" } });
    deploy = direct.make(bench.services);
    assert.ok(deploy.agent);
    work = deploy.agent;
  });
  afterEach(() => agent[Symbol.asyncDispose]());

  const start = async (step = CLEAN_STEP) => {
    bench.set({ clean_step: step });
    assert.equal(await work.startStep(bench.task, "clean", step), "wait");
  };
  const heard = () => work.heard(bench.task, "clean");
  const ended = (outcome: Outcome) =>
    agent.finish({ ...outcome, result: { clean_result: null, clean_step: CLEAN_STEP, ...outcome.result } });

  it("takes the first beat of a flow as readiness", async () => {
    assert.deepEqual(await heard(), { verdict: "ready" });
    assert.deepEqual(agent.posted, []);
  });

  it("fetches steps: the first manager wins, what is no step is left out, versions are kept", async () => {
    assert.deepEqual(await work.fetchSteps(bench.task, "clean"), [{ ...CLEAN_STEP, priority: 50 }]);
    assert.deepEqual(bench.task.node.driver_internal_info.hardware_manager_version, { generic: "1.2" });
  });

  it("gives erase steps the configured priority", async () => {
    const other = makeBench({ node: agentAt(agent.url), config: { deploy: { erase_devices_metadata_priority: "0" } } });
    const steps = await direct.make(other.services).agent?.fetchSteps(other.task, "clean");
    assert.deepEqual(
      steps?.map((step) => step.priority),
      [0],
    );
  });

  it("is patient while the step runs", async () => {
    await start();
    assert.deepEqual(await heard(), { verdict: "busy" });
  });

  it("tells without the lock, and without changing anything, that the step still runs", async () => {
    const atWork = () => work.isAtWork?.(bench.task, "clean");
    assert.equal(await atWork(), false, "nothing has been ordered yet");
    await start();
    const before = bench.task.node;
    assert.equal(await atWork(), true);
    assert.deepEqual(bench.task.node, before);
    ended({});
    assert.equal(await atWork(), false);
    assert.deepEqual(bench.task.node, before);
  });

  it("goes on when the step has ended well", async () => {
    await start();
    ended({});
    assert.deepEqual(await heard(), { verdict: "finished" });
  });

  it("asks for a reboot when the step wants one", async () => {
    await start({ ...CLEAN_STEP, reboot_requested: true });
    ended({});
    assert.deepEqual(await heard(), { verdict: "finished", reboot: true });
  });

  it("sends the versions seen before, and fetches steps again when they no longer fit", async () => {
    await work.fetchSteps(bench.task, "clean");
    await start();
    assert.deepEqual(agent.posted.at(-1)?.params.clean_version, { generic: "1.2" });
    ended({ status: "CLEAN_VERSION_MISMATCH" });
    assert.deepEqual(await heard(), { verdict: "steps-changed" });
  });

  it("does not take another step's success for its own", async () => {
    await start();
    agent.finish({ result: { clean_step: { ...CLEAN_STEP, step: "other" } } });
    assert.deepEqual(await heard(), { verdict: "busy" });
  });

  for (const [details, type, remedy] of [
    [
      "Image failed to verify against checksum. location: /dev/sda; image ID: x",
      "ImageChecksumError",
      /image_os_hash_value/,
    ],
    ["Error downloading image: Download of image x failed: 404", "ImageDownloadError", /image_source/],
    ["No suitable device was found for deployment using these hints {'serial': 'x'}", "DeviceNotFound", /root_device/],
    ["The image of 9 GiB is larger than the disk /dev/sda of 8 GiB", "ImageWriteError", /smaller image|larger disk/],
  ] as const) {
    it(`passes on "${details.slice(0, 40)}…" with a remedy`, async () => {
      await start();
      agent.finish({ error: { type, details } });
      const verdict = await heard();
      assert.ok(verdict.verdict === "failed");
      assert.ok(verdict.message.startsWith(details));
      assert.match(verdict.message, remedy);
    });
  }

  it("keeps credentials in the agent's messages to itself", async () => {
    await start();
    agent.finish({ error: { type: "E", details: "GET http://user:pw@images/x?token=abc failed" } });
    const verdict = await heard();
    assert.ok(verdict.verdict === "failed");
    assert.ok(!verdict.message.includes("pw@") && !verdict.message.includes("abc"), verdict.message);
  });

  it("fails a step that was lost with the agent", async () => {
    await start();
    agent.commands.length = 0;
    const verdict = await heard();
    assert.ok(verdict.verdict === "failed");
    assert.match(verdict.message, /agent started anew while the step ran.*console/);
  });

  it("takes an agent without commands as it should be after a reboot that was asked for", async () => {
    await start();
    agent.commands.length = 0;
    await bench.task.remember({ cleaning_reboot: true });
    assert.deepEqual(await heard(), { verdict: "finished" });
    assert.equal(bench.task.node.driver_internal_info.cleaning_reboot, undefined);
  });

  it("sends a step again that the agent was too busy to take", async () => {
    agent.fault = (request, response) => {
      if (request.method !== "POST") return false;
      response.writeHead(409).end(JSON.stringify({ faultcode: "Client", faultstring: "agent is busy" }));
      return true;
    };
    await start();
    agent.fault = null;
    assert.deepEqual(await heard(), { verdict: "busy" });
    assert.deepEqual(
      agent.posted.map(({ name }) => name),
      ["clean.execute_clean_step"],
    );
    ended({});
    assert.deepEqual(await heard(), { verdict: "finished" });
  });

  it("boots the ramdisk for cleaning and takes it down again", async () => {
    bench.power = "power on";
    assert.equal(await deploy.prepareCleaning(bench.task, "clean"), "wait");
    assert.deepEqual(bench.done, ["power off", "network addCleaningNetwork", "prepare ramdisk", "power on"]);
    assert.equal(bench.task.node.driver_internal_info.disk_erasure_concurrency, 4);
    bench.done.length = 0;
    await deploy.tearDownCleaning(bench.task, "clean");
    assert.deepEqual(bench.done, ["power off", "clean up ramdisk", "network removeCleaningNetwork"]);
  });

  it("leaves a serviced machine running its instance", async () => {
    await deploy.prepareCleaning(bench.task, "service");
    bench.done.length = 0;
    await deploy.tearDownCleaning(bench.task, "service");
    assert.deepEqual(bench.done, [
      "power off",
      "clean up ramdisk",
      "network removeServicingNetwork",
      "network configureTenantNetworks",
      "prepare instance",
      "power on",
    ]);
  });

  it("restarts into the ramdisk in the middle of a flow", async () => {
    bench.power = "power on";
    await work.rebootRamdisk?.(bench.task);
    assert.deepEqual(bench.done, ["prepare ramdisk", "rebooting"]);
  });
});
