/** Bad input at each face of the API, class by class, against `ferric serve` as a process. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideKnown, sendAll } from "../../support/bombard.ts";
import { facesOf } from "../../support/face-requests.ts";
import { FerricProcess } from "../../support/ferric-process.ts";
import { ResultsTable } from "../../support/results-table.ts";

const SHOWN = 12;

describe("bad input at each face of the API", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-faces-"));
  const head = ["class", "requests", "answers by status", "slowest, ms"];
  const table = new ResultsTable("input-faces", "Bad input, class by class", head);
  let ferric: FerricProcess;

  before(async () => {
    ferric = await FerricProcess.create({ folder });
    await ferric.start();
  });
  after(async () => {
    await ferric.stop();
    rmSync(folder, { recursive: true, force: true });
    table.write();
  });

  /** Names tell mocha what to run before the service has started; identifiers are those it will have. */
  const names = facesOf({ nodes: ["x"], ports: ["x"], addresses: ["x"] }).map(({ name }) => name);
  for (const name of names) {
    it(`${name}: answered in time, by no more than the contract's statuses`, async () => {
      const face = facesOf(await provideKnown(ferric.url)).find((candidate) => candidate.name === name);
      assert.ok(face !== undefined && face.requests.length > 0);
      const { wrong, statuses, slowestMs } = await sendAll(ferric.url, face.requests);
      table.add(name, String(face.requests.length), JSON.stringify(statuses).replace(/["{}]/g, ""), slowestMs);
      assert.deepEqual(wrong.slice(0, SHOWN), []);
      const others = Object.keys(statuses).filter((status) => face.answers?.includes(Number(status)) === false);
      assert.deepEqual(others, [], JSON.stringify(statuses));
    });
  }

  it("a refused patch changes nothing of the record", async () => {
    const known = await provideKnown(ferric.url);
    const [node] = known.nodes;
    const latest = { "X-OpenStack-Ironic-API-Version": "1.115" };
    const show = async () => await (await fetch(`${ferric.url}/v1/nodes/${node}`, { headers: latest })).json();
    const before = await show();
    const good = { op: "add", path: "/extra/never", value: 1 };
    for (const bad of [{ op: "test", path: "/extra", value: 5 }, { op: "add", path: "/uuid", value: "x" }, null, {}]) {
      const body = JSON.stringify([good, bad]);
      const headers = { ...latest, "Content-Type": "application/json" };
      const { status } = await fetch(`${ferric.url}/v1/nodes/${node}`, { method: "PATCH", headers, body });
      assert.ok(status >= 400 && status < 500, String(status));
      assert.deepEqual(await show(), before);
    }
  });
});
