/** Deploy interface anaconda: what an instance must say, what the machine boots, and what the installer's reports lead to. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../../common/json.ts";
import type { StoredStep } from "../../../../common/steps.ts";
import anaconda from "../../../../drivers/anaconda/anaconda.ts";
import type { AgentWork } from "../../../../drivers/base/interfaces.ts";
import ipxe from "../../../../drivers/pxe/ipxe.ts";
import { listening } from "../../../support/loopback.ts";
import { BASE, makeBench, NODE_UUID } from "../agent/support/bench.ts";

const TEMPLATE =
  "liveimg --url={{ ks_options.liveimg_url }}\n# {{ ks_options.agent_token }} {{ ks_options.heartbeat_url }}\n";

describe("deploy interface anaconda", () => {
  let folder: string;
  let server: http.Server;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-anaconda-"));
    await writeFile(join(folder, "ks"), TEMPLATE);
    server = http.createServer((_, response) => response.end());
    url = `http://127.0.0.1:${await listening(server)}`;
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const instance = (): JsonObject => ({
    image_source: `${url}/os.tar.gz`,
    kernel: `${url}/vmlinuz`,
    ramdisk: `${url}/initrd.img`,
    stage2: `${url}/squashfs.img`,
    ks_template: `${url}/ks`,
  });
  function make(instance_info: JsonObject, more: JsonObject = {}) {
    const driver_info = { deploy_kernel: `${url}/k`, deploy_ramdisk: `${url}/r` };
    const node = { instance_info, driver_info, deploy_interface: "anaconda", ...more };
    const bench = makeBench({ node, config: { conductor: { allow_local_image_urls: true } } });
    bench.driver.boot = ipxe.make(bench.services);
    for (const name of ["vmlinuz", "initrd.img", "squashfs.img", "ks", "os.tar.gz"])
      bench.images.set(`${url}/${name}`, { path: join(folder, "ks"), size: 10, sha256: `sha-of-${name}` });
    return { bench, deploy: anaconda.make(bench.services) };
  }
  async function installing(instance_info: JsonObject) {
    const { bench, deploy } = make(instance_info);
    await deploy.validate(bench.task);
    await deploy.prepare(bench.task);
    bench.set({ deploy_step: { interface: "deploy", step: "deploy", priority: 100 } });
    assert.equal(await deploy.steps?.[0]?.run(bench.task, {}), "wait");
    const { agent } = deploy;
    assert.ok(agent);
    return { bench, deploy, agent, files: bench.published.get("deploy") ?? {} };
  }
  const kernelLine = (files: Readonly<Record<string, unknown>>) =>
    /^kernel .*$/m.exec((files["boot.ipxe"] as { text: string }).text)?.[0] ?? "";

  it("boots the installer with its kickstart and second stage, without a secret in what is kept", async () => {
    const { bench, files } = await installing(instance());
    const line = kernelLine(files);
    for (const word of [" text ", ` inst.ks=${BASE}/ks.cfg `, ` inst.stage2=${BASE} `])
      assert.ok(line.includes(word), line);
    assert.ok(!line.includes("inst.repo"));
    assert.deepEqual(files.kernel, { kind: "image", url: `${url}/vmlinuz` });
    const second = { kind: "image", url: `${url}/squashfs.img`, sha256: "sha-of-squashfs.img" };
    assert.deepEqual([files["LiveOS/squashfs.img"], files["images/install.img"]], [second, second]);
    const kickstart = files["ks.cfg"] as { kind: string; template: JsonObject; values: JsonObject };
    assert.deepEqual([kickstart.kind, kickstart.template], ["kickstart", { url: `${url}/ks`, sha256: "sha-of-ks" }]);
    assert.equal(kickstart.values.liveimg_url, `${url}/os.tar.gz`);
    assert.equal(kickstart.values.heartbeat_url, `http://192.0.2.1:6385/v1/heartbeat/${NODE_UUID}`);
    const { agent_secret_token: token, agent_secret_token_pregenerated: made } = bench.task.node.driver_internal_info;
    assert.ok(typeof token === "string" && token.length > 30 && made === true);
    assert.ok(!JSON.stringify(files).includes(token));
    assert.deepEqual(bench.done, ["network addProvisioningNetwork", "boot pxe once", "power on"]);
  });

  it("takes a repository without second stage, and serves an image of the conductor's itself", async () => {
    const { files } = await installing({ ...instance(), stage2: null, image_source: `${url}/repo/` });
    assert.ok(kernelLine(files).includes(` inst.repo=${url}/repo/ `) && !kernelLine(files).includes("inst.stage2"));
    assert.equal((files["ks.cfg"] as { values: JsonObject }).values.is_source_a_path, "true");

    const local = await installing({ ...instance(), image_download_source: "local" });
    const { values } = local.files["ks.cfg"] as { values: JsonObject };
    assert.deepEqual([values.liveimg_url, values.liveimg_checksum], [`${BASE}/liveimg.tar.gz`, "sha-of-os.tar.gz"]);
    assert.deepEqual(local.files["liveimg.tar.gz"], {
      kind: "image",
      url: `${url}/os.tar.gz`,
      sha256: "sha-of-os.tar.gz",
    });
  });

  it("refuses an instance that could not be installed, naming what is missing", async () => {
    const own = { ...instance(), ks_template: null };
    const wrong: readonly (readonly [JsonObject, RegExp, JsonObject?])[] = [
      [{}, /lacks image_source, kernel, ramdisk: set image_source to a repository or an image/],
      [{ ...instance(), kernel: "gopher://x/y" }, /instance_info kernel "gopher/],
      [
        { ...instance(), stage2: null, image_source: "file:///images/os.tgz" },
        /is taken for a repository, since stage2/,
      ],
      [{ ...own, root_device: { size: ">= 100" } }, /The hint size .*own kickstart, which compares plain values/],
      [own, /The hint serial /, { properties: { skip_block_devices: [{ serial: "<in> x" }] } }],
      [{ ...instance(), root_device: { colour: "red" } }, /the hint "colour" is not known/],
    ];
    for (const [info, words, more] of wrong) {
      const { bench, deploy } = make(info, more);
      await assert.rejects(deploy.validate(bench.task), words);
    }
    const { bench, deploy } = make(instance());
    const { prepareInstaller, ...cannot } = { ...bench.driver.boot, validate: async () => {} };
    bench.driver.boot = cannot as typeof bench.driver.boot;
    await assert.rejects(deploy.validate(bench.task), /cannot boot an installer; use ipxe, pxe/);
  });

  it("switches nothing on for a template that cannot be rendered", async () => {
    await writeFile(join(folder, "bad"), "{{ ks_options.no_such }}");
    const { bench, deploy } = make(instance());
    bench.images.set(`${url}/ks`, { path: join(folder, "bad"), size: 10, sha256: "x" });
    await assert.rejects(deploy.prepare(bench.task), /cannot be used: line 1: there is no ks_options\.no_such/);
    assert.deepEqual(bench.done, []);
  });

  const report = (bench: ReturnType<typeof makeBench>, agent_status?: string, agent_status_message?: string) =>
    bench.task.remember({ agent_url: "", agent_status, agent_status_message });
  const finish = async (agent: AgentWork, bench: ReturnType<typeof makeBench>) => {
    const steps = [...(await agent.fetchSteps(bench.task, "deploy"))].sort(
      (one, other) => other.priority - one.priority,
    );
    for (const step of steps) assert.equal(await agent.startStep(bench.task, "deploy", step), "done");
    return steps.map((step) => step.step);
  };

  it("waits from the report of the start for that of the end, then starts the system from its disk", async () => {
    const { bench, agent } = await installing(instance());
    assert.deepEqual(await agent.heard(bench.task, "deploy"), { verdict: "busy" });
    await report(bench, "start", "here we go");
    assert.deepEqual(await agent.heard(bench.task, "deploy"), { verdict: "busy" });
    await report(bench, "end");
    assert.deepEqual(await agent.heard(bench.task, "deploy"), { verdict: "finished" });
    bench.done.length = 0;
    let polls = 0;
    bench.meanwhile = () => {
      polls += 1;
      if (polls === 3) bench.power = "power off";
    };
    const names = ["prepare_instance_boot", "tear_down_agent", "switch_to_tenant_network", "boot_instance"];
    assert.deepEqual(await finish(agent, bench), names);
    assert.deepEqual(bench.done, [
      "boot disk for ever",
      "network removeProvisioningNetwork",
      "network configureTenantNetworks",
      "power on",
    ]);
    assert.equal(bench.published.size, 0, "the next start finds no installer");
  });

  it("switches a machine off that an installer leaves on, one by ferric's own kickstart only after minutes", async () => {
    for (const [info, seconds] of [
      [instance(), 30],
      [{ ...instance(), ks_template: null }, 300],
    ] as const) {
      const { bench, agent } = await installing(info);
      await report(bench, "end");
      bench.done.length = 0;
      await finish(agent, bench);
      assert.deepEqual(
        bench.done.filter((one) => one.startsWith("power")),
        ["power off", "power on"],
      );
      assert.equal(
        bench.slept.reduce((sum, ms) => sum + ms, 0),
        seconds * 1000,
      );
    }
  });

  it("fails with what the installer says", async () => {
    const { bench, agent } = await installing(instance());
    await report(bench, "error", "disk on fire\n\u0007really");
    assert.deepEqual(await agent.heard(bench.task, "deploy"), {
      verdict: "failed",
      message: "the installer reports: disk on fire  really",
    });
    await report(bench, "error");
    const verdict = await agent.heard(bench.task, "deploy");
    assert.equal(verdict.verdict === "failed" ? verdict.message : "", "the installer reports: it gives no reason");
  });

  it("takes no report of an earlier installation for its own, and knows no step of an agent", async () => {
    const { bench, deploy } = make(instance());
    await report(bench, "end", "of last time");
    await deploy.prepare(bench.task);
    const { agent_status, agent_status_message, agent_url } = bench.task.node.driver_internal_info;
    assert.deepEqual([agent_status, agent_status_message, agent_url], [undefined, undefined, undefined]);
    const step: StoredStep = { interface: "deploy", step: "erase_devices", priority: 50 };
    await assert.rejects(
      async () => deploy.agent?.startStep(bench.task, "deploy", step),
      /deploy\.erase_devices is a step of the agent, which does not run in a deploy by anaconda/,
    );
  });
});
