/** Deploy of a bootable container through the real API and our agent, with a podman that only writes down what it is told. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess } from "../../support/ferric-process.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import { startSimulatedAgent } from "../../support/simulated-agent.ts";
import { type StandInPodman, standInPodman } from "../../support/stand-in-podman.ts";

const MAC = "52:54:00:00:0b:01";
const PASSWORD = "password-of-the-registry";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA admin@example.com";

describe("a deploy by bootc", function () {
  this.timeout(240_000);
  let folder: string;
  let ferric: FerricProcess;
  let api: IronicApi;
  let podman: StandInPodman;
  let uuid: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ferric-bootc-"));
    podman = await standInPodman(folder);
    for (const name of ["kernel", "initramfs"]) writeFileSync(join(folder, name), name);
    const settings = {
      DEFAULT: { enabled_boot_interfaces: "fake,ipxe", enabled_deploy_interfaces: "fake,bootc" },
      conductor: {
        file_url_allowed_paths: folder,
        deploy_kernel: `file://${folder}/kernel`,
        deploy_ramdisk: `file://${folder}/initramfs`,
        automated_clean: false,
      },
    };
    ferric = await FerricProcess.create({ folder, settings });
    await ferric.start({ waitMs: 110_000 });
    api = new IronicApi(ferric.url);
    const node = { driver: "fake-hardware", boot_interface: "ipxe", deploy_interface: "bootc" };
    const properties = { root_device: { serial: "right" } };
    uuid = String((await api.must("POST", "/v1/nodes", { ...node, properties })).uuid);
    await api.must("POST", "/v1/ports", { node_uuid: uuid, address: MAC });
    await api.provision(uuid, "manage");
    await api.until(uuid, ["manageable"]);
    await api.provision(uuid, "provide");
    await api.until(uuid, ["available"]);
  });
  after(async () => {
    await ferric.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  async function deploy(info: Record<string, unknown>) {
    await api.patch(uuid, { "/instance_info": { image_source: "oci://registry.example.com/os:1", ...info } });
    await api.provision(uuid, "active");
    await api.until(uuid, ["wait call-back", "deploy failed"]);
    const agent = await startSimulatedAgent({
      ...{ apiUrl: ferric.url, macs: [MAC], folder: join(folder, "machine"), env: podman.env },
      disks: [
        { name: "sda", serial: "wrong", size: 9 * 1024 ** 3 },
        { name: "sdb", serial: "right", size: 10 * 1024 ** 3 },
      ],
    });
    try {
      return { node: await api.until(uuid, ["active", "deploy failed"], 120), agent };
    } finally {
      await agent.stop();
    }
  }

  it("fails with podman's words, and shows the registry's secret nowhere", async () => {
    await podman.plan({ pull: { code: 125, stderr: `Error: unauthorized: ${PASSWORD}\n` } });
    const { node, agent } = await deploy({ image_pull_secret: `robot:${PASSWORD}` });
    assert.equal(node.provision_state, "deploy failed");
    assert.match(
      node.last_error ?? "",
      /execute_bootc_install .*could not fetch registry\.example\.com\/os:1.*unauthorized/,
    );
    const told = [JSON.stringify(node), agent.output(), readFileSync(join(folder, "ferric.log"), "utf8")].join("\n");
    assert.ok(!told.includes(PASSWORD) && !told.includes(Buffer.from(`robot:${PASSWORD}`).toString("base64")));
  });

  it("is active when the bootc inside has installed the container on the disk of the hints", async () => {
    await podman.plan({});
    const { node, agent } = await deploy({ image_pull_secret: `robot:${PASSWORD}`, bootc_authorized_keys: KEY });
    assert.deepEqual([node.provision_state, node.last_error], ["active", null], agent.output());
    const [pull, run] = (await podman.calls()).slice(-2);
    const auth = Buffer.from(`robot:${PASSWORD}`).toString("base64");
    assert.deepEqual(JSON.parse(pull?.auth?.text ?? ""), { auths: { "registry.example.com": { auth } } });
    assert.equal(run?.keys?.text, `${KEY}\n`);
    assert.equal(run?.args.at(-1), agent.diskPath("sdb"));
  });
});
