/** Each process has metrics of its own: an API what it answered and asked for, a conductor what it carried out. */
import assert from "node:assert/strict";
import type { CommandRun } from "../../support/command-run.ts";
import { ProcessFleet } from "../../support/process-fleet.ts";
import { scrape } from "../../support/prometheus-text.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { eventually } from "./support/queue-bench.ts";

describe("metrics of several processes", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(180_000);
  let fleet: ProcessFleet;
  let api: string;
  const conductors: string[] = [];

  before(async () => {
    const prometheus = { enabled: true, port: 0 };
    fleet = await ProcessFleet.start({
      apis: 1,
      conductors: ["c1", "c2"],
      connection: null,
      overrides: { prometheus },
    });
    const [first] = fleet.apis;
    if (first === undefined) throw new Error("no API");
    api = await metricsUrl(first.run);
    for (const run of fleet.conductors.values()) conductors.push(await metricsUrl(run));
  });
  after(() => fleet[Symbol.asyncDispose]());

  it("are told apart: requests by the API, locks and flows by the conductor that worked", async () => {
    const node = String((await fleet.send(0, "POST", "/v1/nodes", { driver: "fake-hardware" })).json.uuid);
    assert.equal((await fleet.send(0, "PUT", `/v1/nodes/${node}/states/provision`, { target: "manage" })).status, 202);
    const stateOf = async () => (await fleet.send(0, "GET", `/v1/nodes/${node}`)).json.provision_state;
    await eventually("it is manageable", async () => (await stateOf()) === "manageable", 60_000);
    const asked = await scrape(api);
    const calls = { method: "doProvisioningAction", outcome: "ok" };
    assert.deepEqual(asked.of("ferric_call_duration_seconds_count", calls), [1]);
    assert.deepEqual(asked.of("ferric_conductor_alive"), [1, 1]);
    assert.deepEqual(asked.of("ferric_nodes", { provision_state: "manageable" }), [1]);
    assert.equal(asked.types.has("ferric_locks_taken_total"), false);
    const worked = await Promise.all(conductors.map(scrape));
    const sum = (name: string, labels = {}) =>
      worked.flatMap((seen) => seen.of(name, labels)).reduce((a, b) => a + b, 0);
    assert.equal(sum("ferric_call_handling_duration_seconds_count", calls), 1);
    assert.equal(sum("ferric_flow_duration_seconds_count", { flow: "verifying", end: "manageable" }), 1);
    assert.equal(
      worked.some((seen) => seen.types.has("ferric_http_requests_total")),
      false,
    );
  });

  it("what was said to a controller comes from the conductor of the node, through the API", async () => {
    const { json } = await fleet.send(0, "GET", "/v1/nodes?fields=uuid,conductor");
    const [node] = json.nodes as { uuid: string; conductor: string }[];
    const answer = await fleet.send(0, "GET", `/ferric/v1/nodes/${node?.uuid}/bmc-log`);
    assert.deepEqual(answer.json, { node: node?.uuid, conductor: node?.conductor, exchanges: [] });
  });
});

async function metricsUrl(run: CommandRun): Promise<string> {
  let url = "";
  await eventually("it tells where its metrics are", async () => {
    url = /"url":"(http[^"]*\/metrics)"/.exec(run.err)?.[1] ?? "";
    return url !== "";
  });
  return url;
}
