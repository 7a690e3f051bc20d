/** Two API and two conductor processes over Redis and a database: what clients see while all is well, and while it is not. */
import assert from "node:assert/strict";
import { borrowDatabase } from "../../support/database-servers.ts";
import { postgresIsInstalled } from "../../support/postgres-server.ts";
import { ProcessFleet } from "../../support/process-fleet.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { eventually } from "./support/queue-bench.ts";

/** Tests build on each other: the last ones take the fleet apart. */
describe("API and conductors in processes of their own", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(300_000);
  let fleet: ProcessFleet;
  const nodes: string[] = [];

  before(async () => {
    const connection = postgresIsInstalled() ? await borrowDatabase("postgresql") : null;
    fleet = await ProcessFleet.start({ apis: 2, conductors: ["c1", "c2"], connection });
  });
  after(() => fleet[Symbol.asyncDispose]());

  const create = (api: number) => fleet.send(api, "POST", "/v1/nodes", { driver: "fake-hardware" });
  const provision = (api: number, node: string, target: string) =>
    fleet.send(api, "PUT", `/v1/nodes/${node}/states/provision`, { target });
  const stateOf = async (api: number, node: string) =>
    (await fleet.send(api, "GET", `/v1/nodes/${node}?fields=provision_state`)).json.provision_state;
  const reaches = (node: string, state: string) =>
    eventually(`${node} is ${state}`, async () => (await stateOf(0, node)) === state, 60_000);
  const validate = (api: number, node: string) => fleet.send(api, "GET", `/v1/nodes/${node}/validate`);

  /** A refusal that may be tried again and tells nothing of the inside. */
  function isPolite(answer: Awaited<ReturnType<typeof create>>): void {
    assert.equal(answer.status, 503, answer.text);
    assert.match(answer.headers.get("Retry-After") ?? "", /^\d+$/);
    assert.doesNotMatch(answer.text, /127\.0\.0\.1|redis:|bullmq|:\d{4,5}\b/i);
  }

  it("deploys and undeploys nodes of both conductors, asked through either API", async () => {
    for (let at = 0; at < 8; at++) nodes.push(String((await create(at % 2)).json.uuid));
    const walk = async (node: string, at: number) => {
      const go = async (target: string, state: string) => {
        const answer = await provision(at % 2, node, target);
        assert.equal(answer.status, 202, answer.text);
        await reaches(node, state);
      };
      await go("manage", "manageable");
      await go("provide", "available");
      const image = { image_source: "http://127.0.0.1/none", image_checksum: "d41d8cd98f00b204e9800998ecf8427e" };
      const patch = [{ op: "add", path: "/instance_info", value: image }];
      assert.equal((await fleet.send(at % 2, "PATCH", `/v1/nodes/${node}`, patch)).status, 200);
      await go("active", "active");
      await go("deleted", "available");
    };
    await Promise.all(nodes.map(walk));
    const { json } = await fleet.send(0, "GET", "/v1/nodes?fields=conductor");
    const owners = new Set((json.nodes as { conductor: string }[]).map(({ conductor }) => conductor));
    assert.deepEqual([...owners].sort(), ["c1", "c2"]);
  });

  it("shows the events of all conductors at every API", async () => {
    for (const { url } of fleet.apis) {
      const stream = await fetch(`${url}/ferric/v1/events`, { signal: AbortSignal.timeout(20_000) });
      const told = new Set<string>();
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of stream.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        for (const [, node] of text.matchAll(/"to":"active"[^\n]*"node":"([^"]+)"/g)) told.add(node ?? "");
        if (told.size === nodes.length) break;
      }
      assert.deepEqual([...told].sort(), [...nodes].sort());
    }
  });

  it("while Redis is dead: reads go on, changes are refused at once; after its return all works within 2.5 s", async () => {
    await fleet.redis.kill();
    await eventually(
      "the loss is noticed",
      async () => (await create(0)).status === 503 && (await create(1)).status === 503,
    );
    for (const answer of [
      await create(0),
      await provision(1, nodes[0] ?? "", "manage"),
      await validate(0, nodes[1] ?? ""),
    ]) {
      isPolite(answer);
      assert.ok(answer.ms < 1000, `${answer.ms} ms`);
    }
    assert.equal((await fleet.send(0, "GET", "/v1/nodes")).status, 200);
    await fleet.redis.start();
    const back = performance.now();
    for (const node of nodes)
      await eventually(`${node} is served`, async () => (await validate(1, node)).status === 200, 10_000);
    const ms = performance.now() - back;
    assert.ok(ms < 2500, `${ms} ms`);
  });

  it("a conductor killed with kill -9: its nodes get 503 soon, and the other conductor after the keep-alive timeout", async () => {
    const { json } = await fleet.send(0, "GET", "/v1/nodes?fields=uuid,conductor");
    const orphan = (json.nodes as { uuid: string; conductor: string }[]).find(({ conductor }) => conductor === "c1");
    assert.ok(orphan);
    await fleet.conductors.get("c1")?.kill();
    const first = await validate(0, orphan.uuid);
    if (first.status !== 200) isPolite(first);
    assert.ok(first.ms < 12_000, `${first.ms} ms`);
    await eventually("the survivor serves it", async () => (await validate(1, orphan.uuid)).status === 200, 15_000);
    assert.equal((await create(1)).status, 201);
  });

  it("a conductor told to stop hands its nodes over without one refused request", async () => {
    await fleet.conductor("c1");
    await eventually("both are there", async () => {
      const { json } = await fleet.send(0, "GET", "/v1/nodes?fields=conductor");
      return new Set((json.nodes as { conductor: string }[]).map(({ conductor }) => conductor)).size === 2;
    });
    const leaving = fleet.conductors.get("c2");
    leaving?.child.kill("SIGTERM");
    let isOver = false;
    void leaving?.ended.then(() => {
      isOver = true;
    });
    const refused: string[] = [];
    while (!isOver) {
      for (const answer of await Promise.all(nodes.map((node, at) => validate(at % 2, node))))
        if (answer.status !== 200) refused.push(`${answer.status} ${answer.text}`);
    }
    assert.equal((await leaving?.ended)?.code, 0);
    for (const node of nodes) assert.equal((await validate(0, node)).status, 200);
    assert.deepEqual(refused, []);
  });

  it("without any conductor: creating is 400, acting on a node 503 with Retry-After, reading goes on", async () => {
    const last = fleet.conductors.get("c1");
    last?.child.kill("SIGTERM");
    assert.equal((await last?.ended)?.code, 0);
    await eventually("it has left", async () => (await create(0)).status === 400);
    assert.match((await create(1)).text, /No valid host was found/);
    isPolite(await provision(0, nodes[0] ?? "", "manage"));
    assert.equal((await fleet.send(1, "GET", `/v1/nodes/${nodes[0]}`)).status, 200);
  });

  it("an API told to stop ends with 0", async () => {
    for (const { run } of fleet.apis) {
      run.child.kill("SIGTERM");
      assert.equal((await run.ended).code, 0);
    }
  });
});
