/** The fault matrix can fail: what it looks for is found when it is there. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { ApiPool } from "../../../../tools/fault-matrix/api-pool.ts";
import { Ledger } from "../../../../tools/fault-matrix/ledger.ts";
import { NodeProblem } from "../../../../tools/fault-matrix/node-client.ts";
import { judgeSteps, type StepLine } from "../../../../tools/fault-matrix/step-log.ts";
import { brokenWaits } from "../../../../tools/fault-matrix/waits.ts";
import { listening } from "../../../support/loopback.ts";

let clock = 0;
const line = (values: Partial<StepLine>): StepLine => ({
  at: clock++,
  node: "n1",
  run: 1,
  action: "write image",
  place: "deploying write_image",
  phase: "begin",
  host: "conductor-1",
  pid: 1,
  purpose: "node deployment",
  ...values,
});

describe("the list of actions of the fault matrix", () => {
  it("is clean when each request does each action once", () => {
    const lines = [
      line({}),
      line({ phase: "end" }),
      line({ action: "power on" }),
      line({ run: 2 }),
      line({ node: "n2" }),
    ];
    assert.deepEqual(judgeSteps(lines), { actions: 4, twice: [], late: [] });
  });

  it("may hold an action twice in different steps: off before the ramdisk starts, and off after it", () => {
    const lines = [line({ place: "cleaning" }), line({ place: "cleaning erase_devices" })];
    assert.deepEqual(judgeSteps(lines).twice, []);
  });

  it("tells an action that a request had done twice, by whom", () => {
    const { twice } = judgeSteps([line({}), line({ host: "conductor-2", pid: 2 })]);
    assert.equal(twice.length, 1);
    assert.match(
      twice[0] ?? "",
      /n1 request 1: write image \(deploying write_image\) by conductor-1 .*then by conductor-2/,
    );
  });

  it("tells an action of a request that a later one has overtaken", () => {
    const { late, twice } = judgeSteps([line({}), line({ run: 2 }), line({ action: "rebooting" })]);
    assert.deepEqual(twice, []);
    assert.match(late.join(), /rebooting \(.*\) by conductor-1 .* after request 2 had begun/);
  });
});

describe("the waits of the fault matrix", () => {
  const waited = (run: number) => [{ uuid: "n1", extra: { run } }];
  const failed = (run: number) => [{ uuid: "n1", failures: [{ run, text: "deploy failed: why" }] }];

  it("are broken by a fail state of the request for which the node waited", () => {
    assert.deepEqual(brokenWaits(waited(3), failed(3), []), ["deploy failed: why"]);
  });

  it("are not broken by what the node met before, or in a later request", () => {
    assert.deepEqual(brokenWaits(waited(3), failed(2), []), []);
    assert.deepEqual(brokenWaits(waited(3), failed(4), []), []);
    assert.deepEqual(brokenWaits(waited(3), [{ uuid: "n2", failures: [{ run: 3, text: "other" }] }], []), []);
  });

  it("are broken by a node that no request moves any more", () => {
    const stuck = new NodeProblem("stuck", undefined, "unchanged");
    stuck.message = `n1 ${stuck.message}`;
    assert.match(brokenWaits(waited(3), [], [stuck]).join(), /^n1 .*unchanged/);
  });
});

describe("the ledger of the fault matrix", () => {
  async function checked(nodes: Record<string, object>, fill: (ledger: Ledger) => void): Promise<readonly string[]> {
    const server = createServer((request, response) => {
      const node = nodes[request.url ?? ""];
      response.statusCode = node === undefined ? 404 : 200;
      response.end(JSON.stringify(node ?? {}));
    });
    const ledger = new Ledger();
    fill(ledger);
    try {
      await ledger.check(new ApiPool([`http://127.0.0.1:${await listening(server)}`]));
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return ledger.lost;
  }

  it("misses a record that was created, one that came back, and a value", async () => {
    const lost = await checked({ "/v1/nodes/back": {}, "/v1/nodes/old": { extra: { run: 1 } } }, (ledger) => {
      ledger.made("/v1/nodes/made", "there");
      ledger.made("/v1/nodes/back", "gone");
      ledger.wrote("old", "run", 2);
      ledger.accepted("a deploy", false);
    });
    assert.equal(lost.length, 4);
  });

  it("takes a value that nobody acknowledged as well as the last one acknowledged", async () => {
    for (const run of [2, 3]) {
      const lost = await checked({ "/v1/nodes/n": { extra: { run } } }, (ledger) => {
        ledger.wrote("n", "run", 2);
        ledger.attempt("n", "run", 3);
      });
      assert.deepEqual(lost, []);
    }
  });
});
