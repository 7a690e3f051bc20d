/** Who asked, in processes that did not see the token: identity, project and request id cross the queue into history, events and logs. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FerricEvent } from "../../../common/events.ts";
import { ProcessFleet } from "../../support/process-fleet.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { ScriptedKeystone } from "../../support/scripted-keystone.ts";
import { follow } from "../lab/event-stream.ts";
import { eventually } from "./support/queue-bench.ts";

const PROJECT = "p-red";

describe("who asked, where API and conductor are processes of their own", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(120_000);
  let keystone: ScriptedKeystone;
  let fleet: ProcessFleet;
  const stop = new AbortController();
  const events: FerricEvent[] = [];
  let node = "";
  /** Of the request that is looked for afterwards. */
  let requestId = "";
  const alice = () => ({ "X-Auth-Token": "planted-token-alice" });
  const admin = () => ({ "X-Auth-Token": "planted-token-admin" });

  before(async () => {
    keystone = await ScriptedKeystone.start();
    keystone.issue("planted-token-alice", { user: "alice", project: PROJECT });
    keystone.issue("planted-token-admin", { user: "root" });
    keystone.issue("planted-token-eve", { user: "eve", project: "p-blue" });
    // A conductor answers nobody: it needs to know nothing of Keystone, but has the same file here.
    fleet = await ProcessFleet.start({ apis: 1, conductors: ["c1"], connection: null, overrides: keystone.settings() });
    const url = fleet.apis[0]?.url ?? "";
    void follow(`${url}/ferric/v1/events`, events, stop.signal, admin());
    const made = await fleet.send(0, "POST", "/v1/nodes", { driver: "fake-hardware" }, alice());
    assert.equal(made.status, 201, made.text);
    node = String(made.json.uuid);
    await brought("manage", "manageable");
    requestId = await brought("provide", "available");
    assert.match(requestId, /^req-/);
  });

  /** Answers the request's id once the node is there. */
  async function brought(target: string, state: string): Promise<string> {
    const asked = await fleet.send(0, "PUT", `/v1/nodes/${node}/states/provision`, { target }, alice());
    assert.equal(asked.status, 202, asked.text);
    await eventually(`the node is ${state}`, async () => {
      const { json } = await fleet.send(0, "GET", `/v1/nodes/${node}`, undefined, admin());
      return json.provision_state === state;
    });
    return asked.headers.get("openstack-request-id") ?? "";
  }

  after(async () => {
    stop.abort();
    await fleet?.[Symbol.asyncDispose]();
    await keystone?.[Symbol.asyncDispose]();
  });

  it("the node that a project has made is the project's: others do not see it", async () => {
    const { json } = await fleet.send(0, "GET", `/v1/nodes/${node}`, undefined, admin());
    assert.equal(json.owner, PROJECT);
    const eve = { "X-Auth-Token": "planted-token-eve" };
    assert.equal((await fleet.send(0, "GET", `/v1/nodes/${node}`, undefined, eve)).status, 404);
  });

  it("its history, which the conductor writes, names user and project", async () => {
    const path = `/v1/nodes/${node}/history?detail=true`;
    const { json } = await fleet.send(0, "GET", path, undefined, {
      ...admin(),
      "X-OpenStack-Ironic-API-Version": "1.115",
    });
    const entries = json.history as { user: string; project: string; conductor: string; event: string }[];
    assert.ok(entries.length > 0, "there is an entry");
    for (const { user, project, conductor } of entries)
      assert.deepEqual([user, project, conductor], ["id-alice", PROJECT, "c1"]);
  });

  it("events and log of the conductor carry the request's id", async () => {
    const told = () =>
      events.filter((event) => event.type === "node.state" && event.node === node && event.request_id === requestId);
    await eventually("events of the request", () => told().length > 0);
    const { out, err } = fleet.conductors.get("c1") ?? assert.fail("no conductor");
    assert.ok((out + err).includes(requestId), "the conductor's log names it");
  });

  it("the audit log of the API says who, and under which id", () => {
    const name = readdirSync(fleet.folder).find((file) => /^audit-\d+\.log$/.test(file)) ?? assert.fail("no audit log");
    const lines = readFileSync(join(fleet.folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.request_id === requestId);
    assert.deepEqual(
      lines.map(({ event }) => event),
      ["request", "answer"],
    );
    const [request, answer] = lines;
    assert.deepEqual([request?.user_id, request?.project_id, request?.target], ["id-alice", PROJECT, "provide"]);
    assert.equal(answer?.status, 202);
  });

  it("no token is in a log, a file or an event of either process", () => {
    const runs = [...fleet.conductors.values(), ...fleet.apis.map(({ run }) => run)];
    const files = readdirSync(fleet.folder, { recursive: true, encoding: "utf8", withFileTypes: true });
    const texts = [
      ...runs.map(({ out, err }) => out + err),
      ...files.filter((file) => file.isFile()).map((file) => readFileSync(join(file.parentPath, file.name), "latin1")),
      JSON.stringify(events),
    ];
    for (const text of texts) assert.doesNotMatch(text, /planted-token/);
  });
});
