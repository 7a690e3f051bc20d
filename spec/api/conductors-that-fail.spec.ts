/** What a client sees of conductors that join, leave and die: over HTTP, with real conductors behind. */
import assert from "node:assert/strict";
import { ConductorFleet } from "../support/conductor-fleet.ts";
import { agentOf } from "../support/scripted-driver.ts";

describe("the API of several conductors", () => {
  let fleet: ConductorFleet;
  let url: string;
  beforeEach(async () => {
    fleet = await ConductorFleet.start(["cond-1", "cond-2"], { conductor: { node_locked_retry_attempts: 1 } });
    url = await fleet.api();
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  async function ask(method: string, path: string, body?: unknown) {
    const headers = { "X-OpenStack-Ironic-API-Version": "1.95", "Content-Type": "application/json" };
    const answer = await fetch(`${url}/v1/${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text === "" ? null : JSON.parse(text) };
  }

  const conductors = async () => {
    const { json } = await ask("GET", "conductors");
    return Object.fromEntries(
      json.conductors.map((one: { hostname: string; alive: boolean }) => [one.hostname, one.alive]),
    );
  };

  it("shows who is alive", async () => {
    assert.deepEqual(await conductors(), { "cond-1": true, "cond-2": true });
    await fleet.freeze("cond-1");
    assert.deepEqual(await conductors(), { "cond-1": false, "cond-2": true });
    fleet.member("cond-1").gate.open();
    await fleet.member("cond-1").service.pass("keepalive");
    await fleet.member("cond-2").service[Symbol.asyncDispose]();
    assert.deepEqual(await conductors(), { "cond-1": true, "cond-2": false });
  });

  it("names the conductor of a node as the ring gives it, also after its death", async () => {
    const [node = ""] = await fleet.nodesOf("cond-1", 1, () => fleet.nodeIn("active"));
    assert.equal((await ask("GET", `nodes/${node}`)).json.conductor, "cond-1");
    fleet.kill("cond-1");
    await fleet.age("cond-1");
    await new Promise((done) => setTimeout(done, 1100));
    assert.equal((await ask("GET", `nodes/${node}`)).json.conductor, "cond-2");
    const power = await ask("PUT", `nodes/${node}/states/power`, { target: "power on" });
    assert.equal(power.status, 202);
  });

  it("answers 503 with Retry-After and no internal address when the only conductor of a node is dead", async () => {
    await fleet.join("cond-east", { conductor: { conductor_group: "east" } });
    const node = await fleet.nodeIn("active", { conductor_group: "east" });
    fleet.kill("cond-east");
    await fleet.age("cond-east");
    await new Promise((done) => setTimeout(done, 1100));
    const changes = [{ op: "add", path: "/extra/x", value: 1 }];
    for (const [method, path, body] of [
      ["PUT", `nodes/${node}/states/power`, { target: "power on" }],
      ["PUT", `nodes/${node}/states/provision`, { target: "deleted" }],
      ["PATCH", `nodes/${node}`, changes],
    ] as const) {
      const answer = await ask(method, path, body);
      assert.equal(answer.status, 503, answer.text);
      assert.equal(answer.headers.get("Retry-After"), "10");
      assert.doesNotMatch(answer.text, /cond-east|127\.0\.0\.1|redis|sqlite/);
    }
    assert.equal((await ask("GET", `nodes/${node}`)).status, 200, "reads go on");
    await fleet.join("cond-east", { conductor: { conductor_group: "east" } });
    await new Promise((done) => setTimeout(done, 1100));
    assert.equal((await ask("PATCH", `nodes/${node}`, changes)).status, 200);
  });

  it("sends calls for a node to whoever works on it, although the ring has given it to another meanwhile", async () => {
    const nodes: string[] = [];
    const hang = () => new Promise(() => {});
    for (let count = 0; count < 8; count++) {
      const node = await fleet.nodeIn("available", { deploy_interface: "scripted" });
      agentOf(node).during.deploy = hang;
      await ask("PUT", `nodes/${node}/states/provision`, { target: "active" });
      nodes.push(node);
    }
    await fleet.until(nodes, (node) => node.reservation !== null);
    const holders = await Promise.all(nodes.map(async (node) => (await fleet.node(node)).reservation));
    for (const name of ["cond-3", "cond-4", "cond-5"]) await fleet.join(name);
    await new Promise((done) => setTimeout(done, 1100));
    const owners = await Promise.all(nodes.map((node) => fleet.ownerOf(node)));
    assert.notDeepEqual(owners, holders, "the ring has given some of them to others");
    const seen: string[] = [];
    for (const { name, gate } of fleet.members.values()) {
      const through = gate.through.bind(gate);
      gate.through = (work) => {
        seen.push(name);
        return through(work);
      };
    }
    for (const [index, node] of nodes.entries()) {
      seen.length = 0;
      const answer = await ask("PATCH", `nodes/${node}`, [{ op: "add", path: "/extra/x", value: 1 }]);
      assert.equal(answer.status, 409);
      assert.match(answer.text, new RegExp(`${holders[index]}`));
      assert.ok(seen.includes(holders[index] ?? ""), `asked ${seen}, held by ${holders[index]}`);
    }
  }).timeout(60_000);

  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

  it("counts shards the same whoever serves the nodes", async () => {
    for (let count = 0; count < 9; count++) await fleet.nodeIn("active", { shard: `s${count % 3 === 0 ? 1 : 0}` });
    const shards = async () => (await ask("GET", "shards")).json.shards.sort(byName);
    const before = await shards();
    assert.deepEqual(
      before.map(({ name, count }: { name: string; count: number }) => [name, count]),
      [
        ["s0", 6],
        ["s1", 3],
      ],
    );
    await fleet.member("cond-1").service[Symbol.asyncDispose]();
    await fleet.member("cond-2").service.pass("power sync");
    assert.deepEqual(await shards(), before);
  });
});
