/** Whose a record is decides who sees it: records that are not found, lists that are restricted in the query, moves that are checked at both ends. */
import assert from "node:assert/strict";
import { beforeOwnedTests, type Owned } from "../../support/owned-records.ts";
import { type ApiWithRules, PROJECTS } from "../../support/personas.ts";

const uuids = (json: unknown, key: string): readonly string[] =>
  ((json as Record<string, readonly { uuid: string }[]>)[key] ?? []).map(({ uuid }) => uuid);
const add = (path: string, value: unknown) => [{ op: "add", path, value }];
const replace = (path: string, value: unknown) => [{ op: "replace", path, value }];

describe("whose a record is", () => {
  let api: ApiWithRules;
  let records: Owned;
  beforeOwnedTests((madeApi, madeRecords) => {
    api = madeApi;
    records = madeRecords;
  });

  const PARTS = [
    "",
    "/states",
    "/validate",
    "/ports",
    "/ports/detail",
    "/portgroups",
    "/volume",
    "/volume/connectors",
    "/volume/targets",
    "/vifs",
    "/traits",
    "/bios",
    "/firmware",
    "/history",
    "/inventory",
    "/children",
    "/management/boot_device",
    "/management/indicators",
    "/states/console",
    "/vmedia",
    "/vendor_passthru/methods",
    "/driver_info",
  ];

  for (const part of PARTS)
    it(`GET /nodes/...${part} tells a stranger the same of a node of others as of none`, async () => {
      const nobodys = crypto.randomUUID();
      const seen = await api.as("other-admin", "GET", `/v1/nodes/${records.shared}${part}`);
      const none = await api.as("other-admin", "GET", `/v1/nodes/${nobodys}${part}`);
      assert.equal(seen.status, 404);
      assert.equal(seen.text, none.text.replaceAll(nobodys, records.shared));
    });

  it("a node that is seen is there for what is forbidden too: 403, with the rule's name", async () => {
    const answer = await api.as("lessee-reader", "GET", `/v1/nodes/${records.shared}/history`);
    assert.equal(answer.status, 403);
    assert.match(answer.text, /Access was denied to the following resource: baremetal:node:history:get/);
    for (const part of ["/ports", "/portgroups", "/volume/connectors", "/volume/targets"])
      assert.equal((await api.as("lessee-reader", "GET", `/v1/nodes/${records.shared}${part}`)).status, 200, part);
  });

  it("a stranger changes nothing of it, and is not told that it is there", async () => {
    const { shared, parts, allocation, runbook } = records;
    for (const [method, path, body] of [
      ["PATCH", `/v1/nodes/${shared}`, add("/extra/a", 1)],
      ["DELETE", `/v1/nodes/${shared}`, undefined],
      ["PUT", `/v1/nodes/${shared}/states/power`, { target: "power off" }],
      ["PATCH", `/v1/ports/${parts.port}`, add("/extra/a", 1)],
      ["DELETE", `/v1/ports/${parts.port}`, undefined],
      ["PATCH", `/v1/portgroups/${parts.portgroup}`, add("/extra/a", 1)],
      ["DELETE", `/v1/volume/targets/${parts.target}`, undefined],
      ["PATCH", `/v1/allocations/${allocation}`, add("/extra/a", 1)],
      ["DELETE", `/v1/allocations/${allocation}`, undefined],
      ["PATCH", `/v1/runbooks/${runbook}`, add("/extra/a", 1)],
      ["DELETE", `/v1/runbooks/${runbook}`, undefined],
    ] as const) {
      const before = api.conductor.calls.length;
      const { status, text } = await api.as("other-admin", method, path, body);
      assert.equal(status, 404, `${method} ${path}: ${text}`);
      assert.equal(api.conductor.calls.length, before);
    }
  });

  it("names do not tell either: creating below a node of others is refused as below none", async () => {
    for (const [path, rest] of [
      ["/v1/ports", { address: "52:54:00:ff:00:01" }],
      ["/v1/portgroups", {}],
      ["/v1/volume/connectors", { type: "iqn", connector_id: "x" }],
    ] as const) {
      const theirs = await api.as("other-admin", "POST", path, { node_uuid: records.shared, ...rest });
      const none = await api.as("other-admin", "POST", path, { node_uuid: crypto.randomUUID(), ...rest });
      assert.equal(theirs.status, 403, theirs.text);
      assert.equal(none.text, theirs.text);
    }
  });

  it("what belongs to a node does not move to a node where its caller may do nothing", async () => {
    const { parts, free, shared, make } = records;
    const mine = await records.node({ owner: PROJECTS.owner });
    for (const path of [`/v1/portgroups/${parts.portgroup}`, `/v1/volume/connectors/${parts.connector}`]) {
      const away = await api.as("owner-admin", "PATCH", path, replace("/node_uuid", free));
      assert.equal(away.status, 400, away.text);
      assert.match(away.text, /could not be found/);
    }
    const group = await make("/v1/portgroups", { node_uuid: shared });
    const moved = await api.as("owner-admin", "PATCH", `/v1/portgroups/${group}`, replace("/node_uuid", mine));
    assert.equal(moved.status, 200, moved.text);
    // The lessee may change its volumes, but not those of a node that it may only look at as another's owner's.
    const taken = await api.as(
      "lessee-manager",
      "PATCH",
      `/v1/volume/connectors/${parts.connector}`,
      replace("/node_uuid", mine),
    );
    assert.equal(taken.status, 400, taken.text);
  });

  it("a node becomes the child of a node that its caller sees", async () => {
    const child = await records.node({ owner: PROJECTS.owner });
    const hidden = await api.as("owner-admin", "POST", "/v1/nodes", {
      driver: "fake-hardware",
      parent_node: records.free,
    });
    assert.equal(hidden.status, 400);
    assert.match(hidden.text, /could not be found/);
    const seen = await api.as("owner-admin", "POST", "/v1/nodes", { driver: "fake-hardware", parent_node: child });
    assert.equal(seen.status, 201, seen.text);
  });

  it("allocations name nodes that their caller sees, and no others", async () => {
    for (const body of [{ node: records.free }, { resource_class: "a", candidate_nodes: [records.free] }]) {
      const { status, text } = await api.as("owner-member", "POST", "/v1/allocations", body);
      assert.equal(status, 400);
      assert.match(text, /could not be found/);
    }
    const own = await api.as("owner-member", "POST", "/v1/allocations", {
      resource_class: "a",
      candidate_nodes: [records.shared],
    });
    assert.equal(own.status, 201, own.text);
    assert.equal((own.json as { owner: string }).owner, PROJECTS.owner);
    const others = await api.as("other-admin", "GET", `/v1/allocations?owner=${PROJECTS.owner}`);
    assert.equal(others.status, 403);
  });

  it("a new node of a project's administrator is the project's; another owner is refused", async () => {
    const made = await api.as("owner-admin", "POST", "/v1/nodes", { driver: "fake-hardware" });
    assert.equal((made.json as { owner: string }).owner, PROJECTS.owner);
    const other = await api.as("owner-admin", "POST", "/v1/nodes", { driver: "fake-hardware", owner: PROJECTS.other });
    assert.equal(other.status, 400);
    assert.match(other.text, /owner other than your own project/);
  });

  it("lists of nodes hold what is the project's, page by page, in the query itself", async () => {
    const mine: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      mine.push(await records.node({ owner: PROJECTS.other }));
      await records.node({ owner: PROJECTS.owner });
    }
    const pages: string[][] = [];
    let next: string | undefined = "/v1/nodes?limit=2&sort_key=uuid";
    while (next !== undefined) {
      const { json } = await api.as("other-reader", "GET", next);
      pages.push([...uuids(json, "nodes")]);
      const link = (json as { next?: string }).next;
      next = link === undefined ? undefined : link.slice(link.indexOf("/v1/"));
    }
    assert.deepEqual(pages.flat().sort(), [...mine].sort());
    assert.deepEqual(
      pages.slice(0, 2).map((page) => page.length),
      [2, 2],
    );
    const strange = await api.as("other-reader", "GET", `/v1/nodes?marker=${records.free}`);
    assert.equal(strange.status, 404, strange.text);
    const byOwner = await api.as("other-reader", "GET", `/v1/nodes?owner=${PROJECTS.owner}`);
    assert.deepEqual(uuids(byOwner.json, "nodes"), []);
  });

  for (const [path, key, mine, theirs] of [
    ["ports", "ports", "port", "port"],
    ["ports/detail", "ports", "port", "port"],
    ["portgroups", "portgroups", "portgroup", "portgroup"],
    ["volume/connectors", "connectors", "connector", "connector"],
    ["volume/targets", "targets", "target", "target"],
  ] as const)
    it(`GET /${path} holds what is on nodes of the project`, async () => {
      for (const name of ["owner-reader", "lessee-reader"]) {
        const found = uuids((await api.as(name, "GET", `/v1/${path}`)).json, key);
        assert.ok(found.includes(records.parts[mine]), name);
        assert.ok(!found.includes(records.freeParts[theirs]), name);
      }
      assert.deepEqual(uuids((await api.as("other-admin", "GET", `/v1/${path}`)).json, key), []);
      assert.ok(
        uuids((await api.as("system-reader", "GET", `/v1/${path}`)).json, key).includes(records.freeParts[theirs]),
      );
    });

  it("runbooks are the project's own and the public ones, to see and to use", async () => {
    const open = await records.make("/v1/runbooks", { name: "CUSTOM_OPEN", steps: records.steps, public: true });
    const seen = uuids((await api.as("lessee-manager", "GET", "/v1/runbooks")).json, "runbooks");
    assert.ok(seen.includes(open));
    assert.ok(!seen.includes(records.runbook));
    assert.equal((await api.as("lessee-reader", "GET", `/v1/runbooks/${open}`)).status, 200);
    assert.equal((await api.as("lessee-reader", "GET", `/v1/runbooks/${records.runbook}`)).status, 404);
    const use = (name: string, runbook: string) =>
      api.as(name, "PUT", `/v1/nodes/${records.shared}/states/provision`, { target: "manage", runbook });
    assert.equal((await use("lessee-manager", open)).status, 400);
    assert.equal((await use("lessee-manager", records.runbook)).status, 404);
    assert.equal((await use("owner-member", open)).status, 403);
    assert.equal((await api.as("owner-manager", "PATCH", `/v1/runbooks/${open}`, add("/extra/a", 1))).status, 403);
  });
});
