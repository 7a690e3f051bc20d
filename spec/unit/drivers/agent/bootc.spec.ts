/** Deploy interface bootc: what an instance must say, and what the agent is told of it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../../common/json.ts";
import bootc from "../../../../drivers/agent/bootc.ts";
import { agentAt, makeBench } from "./support/bench.ts";
import { type Answers, type MockAgent, startMockAgent } from "./support/mock-agent.ts";

const SOURCE = "oci://registry.example.com/os:1";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const SECRET = base64("robot:secret-of-the-registry");
const KEYS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA admin@example.com";
const ANSWERS: Answers = {
  "deploy.execute_deploy_step": (params) => ({ result: { deploy_result: "ok", deploy_step: params.step ?? {} } }),
};

describe("deploy interface bootc", () => {
  let agent: MockAgent;

  beforeEach(async () => {
    agent = await startMockAgent(ANSWERS);
  });
  afterEach(() => agent[Symbol.asyncDispose]());

  const make = (instance_info: JsonObject, options: Parameters<typeof makeBench>[0] = {}) => {
    const bench = makeBench({ ...options, node: { instance_info, ...options?.node } });
    return { bench, deploy: bootc.make(bench.services) };
  };
  const told = async (
    instance_info: JsonObject,
    options: Parameters<typeof makeBench>[0] = {},
  ): Promise<JsonObject> => {
    const { bench, deploy } = make({ image_source: SOURCE, ...instance_info }, options);
    bench.set(agentAt(agent.url));
    bench.set({ deploy_step: { interface: "deploy", step: "execute_bootc_install", priority: 80 } });
    const step = deploy.steps?.find((one) => one.step === "execute_bootc_install");
    assert.equal(await step?.run(bench.task, {}), "wait");
    const posted = agent.posted.at(-1);
    assert.ok(posted);
    const { step: record, node } = posted.params as { step: { args: JsonObject }; node: { instance_info: JsonObject } };
    assert.doesNotMatch(JSON.stringify(node), /secret-of/);
    assert.equal(node.instance_info.bootc_authorized_keys, instance_info.bootc_authorized_keys);
    return record.args;
  };

  it("validates an instance without asking its registry", async () => {
    const info = {
      image_source: SOURCE,
      image_pull_secret: SECRET,
      bootc_authorized_keys: KEYS,
      bootc_tpm2_luks: false,
    };
    const { bench, deploy } = make(info);
    await deploy.validate(bench.task);
    await make({ ...info, image_pull_secret: "robot:secret" }).deploy.validate(bench.task);
  });

  it("refuses what could not be installed, naming key and remedy and never the secret", async () => {
    const wrong: readonly (readonly [JsonObject, RegExp])[] = [
      [{}, /has no image_source: set it to a bootable container, such as oci:/],
      [{ image_source: "http://example.com/os.qcow2" }, /Invalid image href: .*os\.qcow2" is no container image/],
      [{ image_source: "oci://169.254.169.254/latest:1" }, /image_source: .*169\.254\.169\.254.*link-local|metadata/],
      [{ image_source: SOURCE, image_pull_secret: "secret-of-x" }, /image_pull_secret must be the "auth" value/],
      [{ image_source: SOURCE, image_pull_secret: { a: "secret-of-x" } }, /image_pull_secret must be/],
      [{ image_source: SOURCE, bootc_authorized_keys: "secret" }, /bootc_authorized_keys must be a text of SSH keys/],
      [{ image_source: SOURCE, bootc_authorized_keys: [KEYS] }, /bootc_authorized_keys must be/],
      [{ image_source: SOURCE, bootc_tpm2_luks: "perhaps" }, /bootc_tpm2_luks must be true or false, not "perhaps"/],
      [{ image_source: SOURCE, configdrive: "ftp://x/y" }, /config drive/],
    ];
    for (const [info, words] of wrong) {
      const { bench, deploy } = make(info);
      await assert.rejects(deploy.validate(bench.task), (error: Error) => {
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /secret-of/);
        return true;
      });
    }
  });

  it("tells the agent what a real Ironic tells it; keys and encryption stand in the node beside it", async () => {
    const args = await told({
      image_pull_secret: SECRET,
      bootc_authorized_keys: `${KEYS}\r\n\n`,
      bootc_tpm2_luks: "yes",
      configdrive: "http://192.0.2.1/drive",
      other: "x",
    });
    const configdrive = "http://192.0.2.1/drive";
    assert.deepEqual(args, { image_source: SOURCE, oci_pull_secret: SECRET, configdrive });
    const nothing = await told({});
    assert.deepEqual(nothing, { image_source: SOURCE, oci_pull_secret: null, configdrive: null });
  });

  it("takes the secret of the instance before the node's and the one of the registry in [oci]authentication_config", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-oci-"));
    try {
      const path = join(folder, "config.json");
      await writeFile(
        path,
        JSON.stringify({ auths: { "registry.example.com": { auth: SECRET }, other: { auth: "x" } } }),
      );
      const config = { oci: { authentication_config: path } };
      const node = { driver_info: { image_pull_secret: "node:secret" } };
      assert.equal((await told({}, { config })).oci_pull_secret, SECRET);
      assert.equal((await told({}, { config, node })).oci_pull_secret, base64("node:secret"));
      const own = await told({ image_pull_secret: "own:secret" }, { config, node });
      assert.equal(own.oci_pull_secret, base64("own:secret"));
      assert.equal((await told({ image_source: "oci://third.example.com/os" }, { config })).oci_pull_secret, null);
      await writeFile(path, `{"auths": "${SECRET}`);
      await assert.rejects(told({}, { config }), (error: Error) => {
        assert.match(error.message, /\[oci\]authentication_config is not JSON/);
        assert.ok(!error.message.includes(SECRET.slice(0, 8)));
        return true;
      });
      await rm(path);
      await assert.rejects(told({}, { config }), /cannot be read.*correct the option/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("fails with the agent's words when the container could not be installed", async () => {
    const details = "Error downloading image: podman could not fetch x: unauthorized; correct image_source";
    agent.answers = { "deploy.execute_deploy_step": { error: { type: "ImageDownloadError", details } } };
    const { bench, deploy } = make({ image_source: SOURCE });
    bench.set(agentAt(agent.url));
    bench.set({ deploy_step: { interface: "deploy", step: "execute_bootc_install", priority: 80 } });
    await deploy.steps?.find((one) => one.step === "execute_bootc_install")?.run(bench.task, {});
    const verdict = await deploy.agent?.heard(bench.task, "deploy");
    assert.equal(verdict?.verdict, "failed");
    assert.match(verdict.verdict === "failed" ? verdict.message : "", /podman could not fetch x: unauthorized/);
  });
});
