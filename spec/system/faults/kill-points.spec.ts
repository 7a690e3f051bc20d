/**
 * Ferric is killed as by kill -9 at a point of a deploy and started again on the same data, while the machine and its
 * real agent live on. Each time the deploy completes, or ends in a fail state whose last_error names the stage; no lock
 * stays, and the node can be deployed again without anybody touching the database.
 */
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess } from "../../support/ferric-process.ts";
import { ImageServer } from "../../support/image-server.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import { Machine } from "../../support/rack.ts";

/** The event at which the process ends, and what last_error must name when the deploy does not go on by itself. */
const POINTS: readonly { readonly name: string; readonly at: object; readonly stage?: RegExp }[] = [
  { name: "the request is accepted", at: { type: "node.state", to: "deploying" }, stage: /deploy/i },
  { name: "the deploy step starts", at: { type: "step.started", step: "deploy.deploy" }, stage: /deploy\.deploy/ },
  {
    name: "power on is about to be sent",
    at: { type: "action", action: "power on", status: "sent" },
    stage: /deploy\.deploy/,
  },
  { name: "the machine is on", at: { type: "action", action: "power on", status: "done" }, stage: /deploy\.deploy/ },
  { name: "the wait begins", at: { type: "node.state", to: "wait call-back" } },
  { name: "the agent looks itself up", at: { type: "agent.lookup" } },
  { name: "the first heartbeat comes", at: { type: "agent.heartbeat", first: true } },
  { name: "the image step starts", at: { type: "step.started", step: "deploy.write_image" }, stage: /write_image/ },
  { name: "the image is being written", at: { type: "progress" } },
  {
    name: "the boot is prepared",
    at: { type: "step.started", step: "deploy.prepare_instance_boot" },
    stage: /prepare_instance_boot/,
  },
  {
    name: "the agent is torn down",
    at: { type: "step.started", step: "deploy.tear_down_agent" },
    stage: /tear_down_agent/,
  },
  {
    name: "the instance is started",
    at: { type: "step.started", step: "deploy.boot_instance" },
    stage: /boot_instance/,
  },
  { name: "the node is active", at: { type: "node.state", to: "active" } },
];

describe("a deploy survives kill -9 of the service", function () {
  this.timeout(180_000);

  for (const point of POINTS) {
    it(`when ${point.name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "ferric-kill-"));
      const ferric = await FerricProcess.create({ folder });
      await ferric.start({ crashAt: JSON.stringify(point.at) });
      await using images = await ImageServer.start({ chunkDelay: 40 });
      const api = new IronicApi(ferric.url);
      await using machine = await Machine.enrol({ api, url: ferric.url, folder });
      try {
        await askDeploy(api, machine, images);
        const passed = api.until(machine.uuid, ["active", "deploy failed"], 60).then(() => "the point was not reached");
        assert.equal(await Promise.race([ferric.ended(), passed.catch(() => "no end")]), "SIGKILL");
        await ferric.start();
        const after = await api.until(machine.uuid, ["active", "deploy failed"], 90);
        if (after.provision_state === "deploy failed") {
          assert.ok(point.stage, `this point must go on by itself, but: ${after.last_error}`);
          assert.match(after.last_error ?? "", point.stage);
          await api.provision(machine.uuid, "active");
          assert.equal((await api.until(machine.uuid, ["active", "deploy failed"], 90)).provision_state, "active");
        }
        assert.ok(written(machine, images), "the image is not on the disk");
      } finally {
        await ferric.stop("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

async function askDeploy(api: IronicApi, machine: Machine, images: ImageServer): Promise<void> {
  await api.patch(machine.uuid, {
    "/instance_info/image_source": images.url,
    "/instance_info/image_os_hash_algo": "sha256",
    "/instance_info/image_os_hash_value": images.sha256,
    "/instance_info/image_disk_format": "raw",
    "/properties/root_device": { serial: "disk-b" },
  });
  // The answer may be lost when the process ends while it accepts.
  await api.provision(machine.uuid, "active").catch(() => {});
}

function written(machine: Machine, images: ImageServer): boolean {
  const disk = Buffer.alloc(images.content.length);
  const file = openSync(join(machine.folder, "machine/sdb.img"), "r");
  readSync(file, disk);
  closeSync(file);
  // The agent may add a config drive's partition entry, so the partition table's sector is not compared.
  return disk.subarray(512).equals(images.content.subarray(512));
}
