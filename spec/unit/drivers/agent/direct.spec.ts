/** Deploy interface direct from the request to the running instance, with a real HTTP server as the agent and one for the image. */
import assert from "node:assert/strict";
import http from "node:http";
import direct from "../../../../drivers/agent/direct.ts";
import type { DeployInterface } from "../../../../drivers/base/interfaces.ts";
import type { StepDef } from "../../../../drivers/base/steps.ts";
import { listening } from "../../../support/loopback.ts";
import { agentAt, type Bench, makeBench, NODE_UUID } from "./support/bench.ts";
import { type Answers, type MockAgent, startMockAgent } from "./support/mock-agent.ts";

const SHA256 = "ab".repeat(32);
const WRITE = { step: "write_image", priority: 0, interface: "deploy", reboot_requested: false, argsinfo: {} };
const VERSIONS = { generic_hardware_manager: "1.2" };
const ANSWERS: Answers = {
  "deploy.get_deploy_steps": {
    result: { deploy_steps: { Generic: [WRITE] }, hardware_manager_version: VERSIONS },
  },
  "deploy.execute_deploy_step": (params) => ({
    result: { deploy_result: null, deploy_step: params.step ?? {} },
  }),
  "standby.get_partition_uuids": { result: { result: { "root uuid": "r-1", "efi system partition uuid": "e-1" } } },
};

describe("deploy interface direct", () => {
  let images: http.Server;
  let image: string;
  let agent: MockAgent;

  before(async () => {
    images = http.createServer((request, response) => {
      if (request.url === "/os.raw") response.writeHead(200, { "content-length": "1048576" }).end();
      else response.writeHead(404).end();
    });
    image = `http://127.0.0.1:${await listening(images)}/os.raw`;
  });
  after(() => images.close());
  beforeEach(async () => {
    agent = await startMockAgent(ANSWERS);
  });
  afterEach(() => agent[Symbol.asyncDispose]());

  const instance = () => ({
    image_source: image,
    image_os_hash_algo: "sha256",
    image_os_hash_value: SHA256,
    image_disk_format: "raw",
  });
  const make = (options: Parameters<typeof makeBench>[0] = {}) => {
    const bench = makeBench({ ...options, node: { instance_info: instance(), ...options?.node } });
    return { bench, deploy: direct.make(bench.services) };
  };
  const step = (deploy: DeployInterface, name: string): StepDef => {
    const found = deploy.steps?.find((one) => one.step === name);
    assert.ok(found, name);
    return found;
  };
  const at = (bench: Bench, name: string, more = {}) =>
    bench.set({ deploy_step: { interface: "deploy", step: name, priority: 80, ...more } });
  const work = (deploy: DeployInterface) => {
    assert.ok(deploy.agent);
    return deploy.agent;
  };

  it("offers its steps with the priorities of the contract", () => {
    const { deploy } = make();
    assert.deepEqual(
      deploy.steps?.map(({ step: name, flows }) => [name, flows.deploy]),
      [
        ["deploy", 100],
        ["write_image", 80],
        ["prepare_instance_boot", 60],
        ["tear_down_agent", 40],
        ["switch_to_tenant_network", 30],
        ["boot_instance", 20],
      ],
    );
  });

  it("deploys with the calls of the recording agent-deploy, in their order", async () => {
    const { bench, deploy } = make();
    await deploy.prepare(bench.task);
    assert.equal(await step(deploy, "deploy").run(bench.task, {}), "wait");
    assert.deepEqual(bench.done, ["network addProvisioningNetwork", "prepare ramdisk", "power on"]);
    bench.done.length = 0;

    bench.set(agentAt(agent.url, bench.task.node.driver_internal_info));
    at(bench, "deploy");
    assert.deepEqual(await work(deploy).heard(bench.task, "deploy"), { verdict: "ready" });
    assert.deepEqual(
      (await work(deploy).fetchSteps(bench.task, "deploy")).map((one) => one.step),
      ["write_image"],
    );
    at(bench, "write_image");
    assert.equal(await step(deploy, "write_image").run(bench.task, {}), "wait");
    assert.deepEqual(await work(deploy).heard(bench.task, "deploy"), { verdict: "finished" });

    bench.meanwhile = () => {
      bench.power = "power off";
    };
    for (const name of ["prepare_instance_boot", "tear_down_agent", "switch_to_tenant_network", "boot_instance"])
      assert.equal(await step(deploy, name).run(bench.task, {}), "done");
    assert.deepEqual(
      agent.posted.map(({ name, wait }) => [name, wait]),
      [
        ["deploy.get_deploy_steps", "true"],
        ["deploy.execute_deploy_step", "false"],
        ["standby.get_partition_uuids", "true"],
        ["image.install_bootloader", "false"],
        ["standby.power_off", "false"],
      ],
    );
    assert.deepEqual(bench.done, [
      "prepare instance",
      "network removeProvisioningNetwork",
      "network configureTenantNetworks",
      "power on",
    ]);
    assert.equal(bench.task.node.power_state, "power on");
  });

  it("tells the agent which image, and keeps secrets of the node to itself", async () => {
    const { bench, deploy } = make({
      node: { ...agentAt(agent.url), instance_info: { ...instance(), configdrive: "http://c/d" } },
    });
    at(bench, "write_image");
    await step(deploy, "write_image").run(bench.task, {});
    const params = agent.posted[0]?.params ?? {};
    assert.deepEqual(params.step, {
      interface: "deploy",
      step: "write_image",
      args: {
        image_info: {
          id: "os.raw",
          urls: [image],
          disk_format: "raw",
          container_format: null,
          stream_raw_images: true,
          image_type: "whole-disk",
          node_uuid: NODE_UUID,
          deploy_boot_mode: "uefi",
          boot_option: "local",
          os_hash_algo: "sha256",
          os_hash_value: SHA256,
        },
        configdrive: "http://c/d",
      },
    });
    const node = JSON.stringify(params.node);
    assert.ok(!node.includes("bmc-secret") && !node.includes("s3cret"), node);
    assert.ok(!node.includes("lock_number"));
  });

  it("installs no boot loader for BIOS", async () => {
    const { bench, deploy } = make({ node: { ...agentAt(agent.url), properties: { capabilities: "boot_mode:bios" } } });
    await step(deploy, "prepare_instance_boot").run(bench.task, {});
    assert.deepEqual(
      agent.posted.map(({ name }) => name),
      ["standby.get_partition_uuids"],
    );
  });

  it("waits for the boot loader with short pauses at first, and fails with the agent's words", async () => {
    const { bench, deploy } = make({ node: agentAt(agent.url) });
    agent.answers = { ...ANSWERS, "image.install_bootloader": { status: "RUNNING" } };
    let polls = 0;
    bench.meanwhile = () => {
      if (++polls === 3)
        agent.finish({
          status: "FAILED",
          error: { type: "CommandExecutionError", details: "efibootmgr: no space left" },
        });
    };
    await assert.rejects(
      step(deploy, "prepare_instance_boot").run(bench.task, {}),
      /boot loader could not be installed: efibootmgr: no space left/,
    );
    assert.deepEqual(bench.slept, [250, 375, 562.5]);
    assert.ok(!bench.done.includes("prepare instance"));
  });

  it("switches a ramdisk off that does not shut down by itself", async () => {
    const { bench, deploy } = make({ node: agentAt(agent.url) });
    bench.power = "power on";
    await step(deploy, "tear_down_agent").run(bench.task, {});
    assert.deepEqual(bench.done, ["power off"]);
    assert.equal(
      bench.slept.reduce((sum, ms) => sum + ms, 0),
      30_000,
    );
  });

  it("switches a machine off whose agent is gone, without waiting", async () => {
    const { bench, deploy } = make({ node: agentAt("http://127.0.0.1:1") });
    bench.power = "power on";
    await step(deploy, "tear_down_agent").run(bench.task, {});
    assert.deepEqual(bench.done, ["power off"]);
  });

  it("only restarts a machine that must not be switched off", async () => {
    const { bench, deploy } = make({ node: { ...agentAt(agent.url), disable_power_off: true } });
    await step(deploy, "tear_down_agent").run(bench.task, {});
    await step(deploy, "boot_instance").run(bench.task, {});
    assert.deepEqual(
      agent.posted.map(({ name }) => name),
      ["standby.sync"],
    );
    assert.deepEqual(bench.done, ["rebooting"]);
  });

  it("touches nothing when the image is not there", async () => {
    const { bench, deploy } = make();
    bench.set({ instance_info: { ...instance(), image_source: image.replace("os.raw", "none.raw") } });
    bench.power = "power on";
    await assert.rejects(
      deploy.prepare(bench.task),
      /none\.raw failed: the server answered 404 .*check instance_info image_source/,
    );
    assert.deepEqual(bench.done, []);
  });

  it("forgets the session of an earlier ramdisk before it boots the next", async () => {
    const session = { agent_command: "old", agent_secret_token_first: "older" };
    const { bench, deploy } = make({ node: agentAt("http://192.0.2.9:9999", session) });
    await deploy.prepare(bench.task);
    const left = Object.keys(bench.task.node.driver_internal_info);
    for (const key of ["agent_url", "agent_secret_token", "agent_secret_token_first", "agent_command"])
      assert.ok(!left.includes(key), key);
  });

  it("takes the instance away and everything it had put up", async () => {
    const { bench, deploy } = make();
    await deploy.tearDown(bench.task);
    await deploy.cleanUp(bench.task);
    assert.deepEqual(bench.done, [
      "power off",
      "network unconfigureTenantNetworks",
      "clean up ramdisk",
      "clean up instance",
      "network removeProvisioningNetwork",
    ]);
  });

  it("puts boot files up again for a machine that has not called in when a new conductor takes over", async () => {
    const { bench, deploy } = make({ node: { provision_state: "wait call-back" } });
    await deploy.takeOver(bench.task);
    assert.deepEqual(bench.done, ["prepare ramdisk"]);
    bench.set(agentAt(agent.url));
    await deploy.takeOver(bench.task);
    bench.set({ provision_state: "active", driver_internal_info: {} });
    await deploy.takeOver(bench.task);
    assert.deepEqual(bench.done, ["prepare ramdisk"]);
  });
});
