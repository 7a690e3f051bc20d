/** Of many processes each tells of its own: an API of what it wrote, a conductor of what it did, everything once. */
import assert from "node:assert/strict";
import type { CommandRun } from "../../support/command-run.ts";
import { ProcessFleet } from "../../support/process-fleet.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { eventually } from "./support/queue-bench.ts";

const WAIT_MS = 60_000;

describe("notifications of several processes", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(180_000);
  let fleet: ProcessFleet;

  before(async () => {
    const settings = {
      DEFAULT: { notification_level: "info" },
      oslo_messaging_notifications: { driver: "log" },
    } as const;
    fleet = await ProcessFleet.start({ apis: 2, conductors: ["c1", "c2"], connection: null, overrides: settings });
  });
  after(() => fleet[Symbol.asyncDispose]());

  it("are sent by the API that was asked and by the conductor that worked, and by nobody else", async () => {
    const { json, status } = await fleet.send(0, "POST", "/v1/nodes", { driver: "fake-hardware" });
    assert.equal(status, 201);
    const node = String(json.uuid);
    assert.equal(
      (await fleet.send(1, "PATCH", `/v1/nodes/${node}`, [{ op: "add", path: "/extra/a", value: 1 }])).status,
      200,
    );
    assert.equal((await fleet.send(0, "PUT", `/v1/nodes/${node}/states/provision`, { target: "manage" })).status, 202);
    const conductors = [...fleet.conductors.values()];
    const worked = () => conductors.flatMap(toldBy);
    await eventually("it is manageable", () => worked().includes("baremetal.node.provision_set.end"), WAIT_MS);
    // By its end the APIs have heard, over Redis, what the conductor did.
    assert.equal((await fleet.send(0, "DELETE", `/v1/nodes/${node}`)).status, 204);
    const told = () => fleet.apis.map(({ run }) => toldBy(run));
    await eventually("the APIs told of theirs", () => told().flat().length >= 6, WAIT_MS);
    const both = (what: string) => [`baremetal.node.${what}.start`, `baremetal.node.${what}.end`];
    assert.deepEqual(told(), [[...both("create"), ...both("delete")], both("update")]);
    assert.deepEqual(worked(), ["baremetal.node.provision_set.start", "baremetal.node.provision_set.end"]);
  });
});

/** Events in its log, in their order. */
function toldBy(run: CommandRun): readonly string[] {
  return [...run.err.matchAll(/"event_type":"([^"]+)"/g)].map(([, event = ""]) => event);
}
