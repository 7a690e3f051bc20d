/** As an operator does it: a deploy that hangs is seen, aborted or its lock taken away, and the node is used again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess } from "../../support/ferric-process.ts";
import { IronicApi } from "../../support/ironic-api.ts";

interface Progress {
  readonly waits_for: string;
  readonly step: { readonly step: string; readonly started_at: string } | null;
  readonly lock: { readonly locked: boolean; readonly purpose: string; readonly lease: { readonly alive: boolean } };
}

describe("a deploy that hangs [short]", function () {
  this.timeout(90_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-abort-"));
  let ferric: FerricProcess;
  let api: IronicApi;

  before(async () => {
    ferric = await FerricProcess.create({ folder, settings: { conductor: { automated_clean: false } } });
    await ferric.start();
    api = new IronicApi(ferric.url);
  });
  after(async () => {
    await ferric.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function hangingNode(): Promise<string> {
    const driver_info = { fake_script: { "deploy.deploy": { hang: true } } };
    const { uuid } = await api.must("POST", "/v1/nodes", { driver: "fake-hardware", driver_info });
    const node = String(uuid);
    await api.provision(node, "manage");
    await api.until(node, ["manageable"]);
    await api.provision(node, "provide");
    await api.until(node, ["available"]);
    await api.provision(node, "active");
    for (const limit = Date.now() + 20_000; (await progress(node)).step?.step !== "deploy"; )
      assert.ok(Date.now() < limit, "the step does not begin");
    return node;
  }

  const progress = async (node: string) =>
    (await api.must("GET", `/ferric/v1/nodes/${node}/progress`)) as unknown as Progress;

  /** The machine is as good as new: the same deploy is torn down, and done with a step that ends. */
  async function useAgain(node: string): Promise<void> {
    await api.provision(node, "deleted");
    await api.until(node, ["available"]);
    await api.patch(node, { "/driver_info/fake_script": {} });
    await api.provision(node, "active");
    await api.until(node, ["active"]);
  }

  it("shows what it is at, and refuses others with the holder, the purpose, the time and when to retry", async () => {
    const node = await hangingNode();
    const { waits_for, step, lock } = await progress(node);
    assert.equal(waits_for, "conductor test-conductor: node deployment");
    assert.ok(Date.parse(step?.started_at ?? "") <= Date.now());
    assert.deepEqual([lock.locked, lock.purpose, lock.lease.alive], [true, "node deployment", true]);
    const answer = await fetch(`${ferric.url}/v1/nodes/${node}/maintenance`, { method: "PUT", body: "{}" });
    assert.equal(answer.status, 409);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.match(await answer.text(), /locked by host test-conductor for node deployment since \S+ \(\d+ s ago\)/);
    // Left hanging, it would be waited for at the stop, for [conductor]graceful_shutdown_timeout.
    await api.must("POST", `/ferric/v1/nodes/${node}/abort`);
  });

  it("is aborted within 5 s, its machine left alone, and the node used again", async () => {
    const node = await hangingNode();
    const started = Date.now();
    const answer = await api.must("POST", `/ferric/v1/nodes/${node}/abort`, { reason: "wrong image" });
    assert.ok(Date.now() - started < 5000);
    assert.equal(answer.provision_state, "deploy failed");
    assert.match(String(answer.note), /^Deploy step deploy\.deploy \(1 of 1\).*wrong image.*look at the disks/);
    const seen = await api.node(node);
    assert.deepEqual([seen.provision_state, seen.reservation, seen.last_error], ["deploy failed", null, answer.note]);
    await useAgain(node);
  });

  it("has its lock taken away by force only; the deploy ends and the node is used again", async () => {
    const node = await hangingNode();
    const release = (body: object) => api.send("POST", `/ferric/v1/nodes/${node}/lock/release`, body);
    assert.equal((await release({})).status, 409);
    assert.equal((await api.node(node)).provision_state, "deploying");
    const { status, body } = await release({ force: true, reason: "test" });
    assert.deepEqual([status, body.settled], [200, true]);
    const failed = await api.until(node, ["deploy failed"], 10);
    assert.match(failed.last_error ?? "", /its lock was released by an administrator/);
    const { history } = await api.must("GET", `/v1/nodes/${node}/history`);
    assert.ok((history as { event_type?: string }[]).length >= 2);
    await useAgain(node);
  });
});
