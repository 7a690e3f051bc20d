/**
 * Ferric is killed as by kill -9 at a point of a deploy and started again on the same data, while the machine and its
 * real agent live on. Where nothing was half done the deploy goes on; else it ends in the fail state whose last_error
 * names the step that had begun. No lock stays, and the node can be deployed again without anybody touching the database.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess } from "../../support/ferric-process.ts";
import { ImageServer } from "../../support/image-server.ts";
import { IronicApi, type NodeView } from "../../support/ironic-api.ts";
import { Machine } from "../../support/rack.ts";
import { ResultsTable } from "../../support/results-table.ts";

interface Point {
  readonly name: string;
  /** The event at which the process ends. */
  readonly at: object;
  /** What last_error must say; absent: the deploy goes on by itself. */
  readonly ends?: RegExp;
  /** The deploy is one that fails by itself. */
  readonly wrongChecksum?: true;
}

/** A step that had begun may have half changed the machine: it is named, and not repeated by itself. */
const begun = (step: string, place: number) =>
  new RegExp(`^Deploy step deploy\\.${step} \\(${place} of 6\\) had begun when its conductor stopped.*"active"`);

const POINTS: readonly Point[] = [
  {
    name: "the request is accepted",
    at: { type: "node.state", to: "deploying" },
    ends: /^Deploy was under way \(state deploying\) when its conductor stopped.*"active"/,
  },
  { name: "the deploy step starts", at: { type: "step.started", step: "deploy.deploy" }, ends: begun("deploy", 1) },
  {
    name: "power on is about to be sent",
    at: { type: "action", action: "power on", status: "sent" },
    ends: begun("deploy", 1),
  },
  {
    name: "the machine is on [short]",
    at: { type: "action", action: "power on", status: "done" },
    ends: begun("deploy", 1),
  },
  { name: "the wait begins", at: { type: "node.state", to: "wait call-back" } },
  { name: "the agent looks itself up", at: { type: "agent.lookup" } },
  { name: "the first heartbeat comes", at: { type: "agent.heartbeat", first: true } },
  {
    name: "the agent's steps are asked for",
    at: { type: "agent.command", command: "deploy.get_deploy_steps", status: "sent" },
  },
  {
    name: "the image step starts",
    at: { type: "step.started", step: "deploy.write_image" },
    ends: begun("write_image", 2),
  },
  {
    name: "the agent is told to write",
    at: { type: "agent.command", command: "deploy.execute_deploy_step", status: "sent" },
    ends: begun("write_image", 2),
  },
  { name: "the image is being written [short]", at: { type: "progress", stage: "image.write" } },
  { name: "a heartbeat comes while it is written", at: { type: "agent.heartbeat", first: false } },
  {
    name: "the written image is noticed",
    at: { type: "step.finished", step: "deploy.write_image", outcome: "done" },
  },
  {
    name: "the boot is prepared",
    at: { type: "step.started", step: "deploy.prepare_instance_boot" },
    ends: begun("prepare_instance_boot", 3),
  },
  {
    name: "the agent is torn down",
    at: { type: "step.started", step: "deploy.tear_down_agent" },
    ends: begun("tear_down_agent", 4),
  },
  {
    name: "the machine is told to switch off",
    at: { type: "agent.command", command: "standby.power_off", status: "sent" },
    ends: begun("tear_down_agent", 4),
  },
  {
    name: "the instance is started",
    at: { type: "step.started", step: "deploy.boot_instance" },
    ends: begun("boot_instance", 6),
  },
  { name: "the node is active", at: { type: "node.state", to: "active" } },
  {
    name: "the deploy has failed and the machine is put away",
    at: { type: "node.state", to: "deploy failed" },
    ends: /^Deploy step deploy\.write_image \(2 of 6\) failed: .*checksum.* The machine was left as it is: its conductor/,
    wrongChecksum: true,
  },
];
const ENDS = ["active", "deploy failed"];

describe("a deploy survives kill -9 of the service", function () {
  this.timeout(240_000);
  const table = new ResultsTable("kill-points", "Ferric killed with -9 at points of a deploy", [
    "killed when",
    "outcome after the restart",
    "last_error",
    "seconds from the restart to the outcome",
    "next deploy",
  ]);
  after(() => table.write());

  for (const point of POINTS)
    it(`when ${point.name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "ferric-kill-"));
      const ferric = await FerricProcess.create({ folder });
      await ferric.start({ crashAt: JSON.stringify(point.at) });
      await using images = await ImageServer.start({ size: 16 * 1024 * 1024, chunkDelay: 15 });
      const api = new IronicApi(ferric.url);
      await using machine = await Machine.enrol({ api, url: ferric.url, folder });
      try {
        await askDeploy(api, machine, images, point.wrongChecksum);
        const passed = api.until(machine.uuid, ENDS, 90).then(() => "the point was not reached");
        assert.equal(await Promise.race([ferric.ended(), passed.catch(() => "no end")]), "SIGKILL");
        const restarted = performance.now();
        await ferric.start();
        const after = await outcome(api, machine, point);
        const seconds = (performance.now() - restarted) / 1000;
        if (point.ends !== undefined) await retry(api, machine, images);
        assert.ok(machine.holds("sdb", images.content), "the image is not on the disk");
        const { provision_state, last_error } = after;
        const name = point.name.replace(" [short]", "");
        table.add(name, provision_state, last_error ?? "", seconds, point.ends === undefined ? "" : "active");
      } finally {
        await ferric.stop("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      }
    });
});

async function askDeploy(api: IronicApi, machine: Machine, images: ImageServer, wrong?: true): Promise<void> {
  await api.patch(machine.uuid, {
    "/instance_info/image_source": images.url,
    "/instance_info/image_os_hash_algo": "sha256",
    "/instance_info/image_os_hash_value": wrong ? "0".repeat(64) : images.sha256,
    "/instance_info/image_disk_format": "raw",
    "/properties/root_device": { serial: "disk-b" },
  });
  // The answer may be lost when the process ends while it accepts.
  await api.provision(machine.uuid, "active").catch(() => {});
}

async function outcome(api: IronicApi, machine: Machine, point: Point): Promise<NodeView> {
  const node = await api.until(machine.uuid, ENDS, 90);
  assert.equal(node.provision_state, point.ends === undefined ? "active" : "deploy failed", node.last_error ?? "");
  assert.match(node.last_error ?? "", point.ends ?? /^$/);
  assertAtRest(node);
  return node;
}

async function retry(api: IronicApi, machine: Machine, images: ImageServer): Promise<void> {
  await askDeploy(api, machine, images);
  const node = await api.until(machine.uuid, ENDS, 90);
  assert.equal(node.provision_state, "active", node.last_error ?? "");
  assertAtRest(node);
}

/** Nothing of the flow is left on the node that somebody would have to tidy up. */
function assertAtRest(node: NodeView): void {
  assert.equal(node.reservation, null);
  assert.equal(node.target_power_state, null);
  assert.deepEqual(node.deploy_step, {});
  assert.equal(node.maintenance, false);
  const left = Object.keys(node.driver_internal_info as object).filter((key) =>
    /agent_url|token|putting_away/.test(key),
  );
  assert.deepEqual(left, []);
}
