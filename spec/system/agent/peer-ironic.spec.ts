import { strict as assert } from "node:assert";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { partitionsOf, readGpt } from "../../../ipa-agent/disk/gpt.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import { partitionedImage } from "../../support/partitioned-image.ts";
import { type PeerIronic, peerVenv, startPeerIronic } from "../../support/peer-ironic.ts";
import { type SimulatedAgent, startSimulatedAgent } from "../../support/simulated-agent.ts";
import { standInPodman } from "../../support/stand-in-podman.ts";
import { type StubService, startStubService } from "../../unit/ipa-agent/support/stub-service.ts";

const MIB = 1024 ** 2;
const MAC = "52:54:00:aa:00:01";

describe("our agent and a real Ironic", function () {
  this.timeout(240_000);
  let folder: string;
  let peer: PeerIronic;
  let api: IronicApi;
  let files: StubService;
  let agent: SimulatedAgent | undefined;
  let uuid: string;

  before(async function () {
    const found = peerVenv();
    if (found.venv === null) {
      console.log(`      left out: ${found.reason}`);
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "ferric-peer-agent-"));
    files = await startStubService();
    peer = await startPeerIronic(found.venv);
    api = new IronicApi(peer.url);
    // Boot files are fetched for every deploy; what they hold does not matter here.
    files.files.set("/kernel", { body: randomBytes(1024) });
    const node = await api.must("POST", "/v1/nodes", {
      driver: "manual-management",
      power_interface: "fake",
      management_interface: "noop",
      boot_interface: "ipxe",
      deploy_interface: "direct",
      inspect_interface: "agent",
      properties: { root_device: { serial: "right" } },
      driver_info: { deploy_kernel: `${files.url}/kernel`, deploy_ramdisk: `${files.url}/kernel` },
    });
    uuid = String(node.uuid);
    await api.must("POST", "/v1/ports", { node_uuid: uuid, address: MAC });
  });

  after(async () => {
    await agent?.stop();
    await peer?.stop();
    await files?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const start = (kernelParams: Record<string, string> = {}) =>
    startSimulatedAgent({
      apiUrl: peer.url,
      macs: [MAC],
      folder: join(folder, "machine"),
      disks: [
        { name: "sda", serial: "wrong", size: 160 * MIB },
        { name: "sdb", serial: "right", size: 160 * MIB },
      ],
      kernelParams,
    });

  it("is inspected: inventory arrives and the node becomes manageable", async () => {
    await api.provision(uuid, "manage");
    await api.until(uuid, ["manageable"]);
    await api.provision(uuid, "inspect");
    await api.until(uuid, ["inspect wait"]);
    agent = await start({ "ipa-inspection-callback-url": `${peer.url}/v1/continue_inspection` });
    const node = await api.until(uuid, ["manageable", "inspect failed"], 60);
    assert.equal(node.provision_state, "manageable", `${node.last_error}\n${agent.output()}`);
    const { inventory } = await api.must("GET", `/v1/nodes/${uuid}/inventory`);
    assert.match(JSON.stringify(inventory), /"serial": ?"right"/);
    await agent.kill();
  });

  it("cleans: both disks are erased", async () => {
    const disk = await open(agent?.diskPath("sda") ?? "", "r+");
    await disk.write(randomBytes(MIB), 0, MIB, 50 * MIB);
    await disk.close();
    await api.provision(uuid, "provide");
    await api.until(uuid, ["clean wait", "clean failed"]);
    agent = await start();
    const node = await api.until(uuid, ["available", "clean failed"], 120);
    assert.equal(node.provision_state, "available", `${node.last_error}\n${agent.output()}\n${await peer.log()}`);
    await agent.kill();
    assert.ok((await readFile(agent.diskPath("sda"))).equals(Buffer.alloc(160 * MIB)));
  });

  it("deploys an image with a config drive", async () => {
    const image = await partitionedImage(folder);
    files.files.set("/os.raw", { body: image });
    const volume = randomBytes(2 * MIB);
    await api.patch(uuid, {
      "/instance_info": {
        image_source: `${files.url}/os.raw`,
        image_os_hash_algo: "sha256",
        image_os_hash_value: createHash("sha256").update(image).digest("hex"),
        image_disk_format: "raw",
      },
    });
    await api.provision(uuid, "active", { configdrive: gzipSync(volume).toString("base64") });
    await api.until(uuid, ["wait call-back", "deploy failed"]);
    agent = await start();
    const node = await api.until(uuid, ["active", "deploy failed"], 120);
    assert.equal(node.provision_state, "active", `${node.last_error}\n${agent.output()}\n${await peer.log()}`);
    const disk = await open(agent.diskPath("sdb"), "r");
    const gpt = await readGpt(disk, 512);
    assert.ok(gpt);
    const drive = partitionsOf(gpt).find((partition) => partition.name === "config-2");
    assert.ok(drive);
    const { buffer } = await disk.read(Buffer.alloc(volume.length), 0, volume.length, drive.start);
    await disk.close();
    assert.ok(buffer.equals(volume));
  });

  it("fails with the agent's own words when the checksum is wrong", async () => {
    await agent?.kill();
    await api.provision(uuid, "rebuild");
    await api.until(uuid, ["wait call-back", "deploy failed"]);
    files.files.set("/os.raw", { body: randomBytes(16 * MIB) });
    agent = await start();
    const node = await api.until(uuid, ["active", "deploy failed"], 120);
    assert.equal(node.provision_state, "deploy failed");
    assert.match(node.last_error ?? "", /has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/);
  });

  it("installs a bootable container, with a podman that only writes down what it is told", async () => {
    const podman = await standInPodman(folder);
    const mac = "52:54:00:aa:00:02";
    const node = await api.must("POST", "/v1/nodes", {
      ...{ driver: "manual-management", power_interface: "fake", management_interface: "noop" },
      ...{ boot_interface: "ipxe", deploy_interface: "bootc", automated_clean: false },
      driver_info: { deploy_kernel: `${files.url}/kernel`, deploy_ramdisk: `${files.url}/kernel` },
    });
    const other = String(node.uuid);
    await api.must("POST", "/v1/ports", { node_uuid: other, address: mac });
    await api.provision(other, "manage");
    await api.until(other, ["manageable"]);
    await api.provision(other, "provide");
    await api.until(other, ["available"]);
    const secret = Buffer.from("robot:password").toString("base64");
    const image_source = "oci://registry.example.com/os:1";
    await api.patch(other, { "/instance_info": { image_source, image_pull_secret: secret, bootc_tpm2_luks: true } });
    await api.provision(other, "active");
    await api.until(other, ["wait call-back", "deploy failed"]);
    const machine = { apiUrl: peer.url, macs: [mac], folder: join(folder, "container-machine"), env: podman.env };
    const disks = [{ name: "sda", serial: "one", size: 5 * 1024 ** 3 }];
    const installer = await startSimulatedAgent({ ...machine, disks });
    try {
      const done = await api.until(other, ["active", "deploy failed"], 120);
      assert.equal(done.provision_state, "active", `${done.last_error}\n${installer.output()}`);
      const [pull, run] = await podman.calls();
      assert.deepEqual(JSON.parse(pull?.auth?.text ?? ""), { auths: { "registry.example.com": { auth: secret } } });
      assert.ok(run?.args.includes("--block-setup=tpm2-luks"));
      assert.equal(run?.args.at(-1), installer.diskPath("sda"));
    } finally {
      await installer.stop();
    }
  });
});
