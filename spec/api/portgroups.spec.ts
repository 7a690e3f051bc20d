/** Port groups and their members over HTTP: what the generated tests of fields and routes do not tell. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

type Json = Record<string, unknown>;

describe("port groups over HTTP", () => {
  let api: ApiUnderTest;
  let node: string;
  let group: string;
  before(async () => {
    api = await apiUnderTest();
    const make = async (path: string, body: object) =>
      ((await api.send("POST", path, { body })).json as { uuid: string }).uuid;
    node = await make("/v1/nodes", { driver: "fake-hardware", name: "n1", shard: "s1" });
    const other = await make("/v1/nodes", { driver: "fake-hardware" });
    group = await make("/v1/portgroups", { node_uuid: node, name: "bond0", address: "52:54:00:00:00:0A" });
    await make("/v1/portgroups", { node_uuid: other });
    await api.stores.nodes.updateUnlocked(other, { conductor_group: "cg" });
    await make("/v1/ports", { node_uuid: node, address: "52:54:00:00:00:01", portgroup_uuid: group });
    await make("/v1/ports", { node_uuid: node, address: "52:54:00:00:00:02" });
  });
  after(() => api[Symbol.asyncDispose]());

  const names = async (path: string, key: string, minor = 115) =>
    ((await api.send("GET", path, { minor })).json as Record<string, { uuid: string }[]>)[key]?.length;

  it("are found by UUID and name; a word that is neither is the router's refusal", async () => {
    for (const ident of [group, "bond0"]) {
      const { json } = await api.send("GET", `/v1/portgroups/${ident}`);
      assert.deepEqual([(json as Json).uuid, (json as Json).mode], [group, "active-backup"]);
    }
    const refused = await api.send("GET", "/v1/portgroups/bad%20name");
    assert.deepEqual([refused.status, refused.headers.get("x-openstack-ironic-api-version")], [400, null]);
    assert.equal((await api.send("GET", "/v1/portgroups/bond1")).status, 404);
  });

  it("are listed by one filter at a time", async () => {
    for (const [filter, count] of [
      ["node=n1", 1],
      [`node=${node}`, 1],
      ["address=52:54:00:00:00:0a", 1],
      ["shard=s1,s2", 1],
      ["shard=s2", 0],
      ["conductor_groups=CG,x", 1],
      ["sort_key=node_id&sort_dir=desc", 2],
    ] as const)
      assert.equal(await names(`/v1/portgroups?${filter}`, "portgroups"), count, filter);
    for (const two of ["node=n1&shard=s1", "address=52:54:00:00:00:0a&conductor_groups=cg"])
      assert.equal((await api.send("GET", `/v1/portgroups?${two}`)).status, 400, two);
    assert.equal(await names("/v1/nodes/n1/portgroups", "portgroups"), 1);
  });

  it("next links of what belongs to something keep to it", async () => {
    for (const path of [`/v1/nodes/${node}/portgroups?limit=1`, "/v1/portgroups/bond0/ports?limit=1"]) {
      const { next } = (await api.send("GET", path)).json as { next: string };
      const answer = await api.send("GET", next.slice(api.url.length));
      assert.equal(answer.status, 200);
      assert.deepEqual(Object.values(answer.json as object), [[]], path);
    }
  });

  it("full lists show newer fields than a single record does", async () => {
    const { json } = await api.send("GET", "/v1/portgroups/detail", { minor: 23 });
    const [first] = (json as { portgroups: Json[] }).portgroups;
    assert.deepEqual([first?.mode, first?.dynamic_portgroup], ["active-backup", false]);
    const one = (await api.send("GET", "/v1/portgroups/bond0", { minor: 23 })).json as Json;
    assert.equal("mode" in one, false);
  });

  it("take a physical network before they show it", async () => {
    const body = [{ op: "add", path: "/physical_network", value: "pn" }];
    const answer = await api.send("PATCH", "/v1/portgroups/bond0", { minor: 23, body });
    assert.deepEqual([answer.status, "physical_network" in (answer.json as Json)], [200, false]);
    assert.equal(await names("/v1/portgroups?sort_key=physical_network", "portgroups", 23), 2);
    const { json } = await api.send("GET", "/v1/portgroups/bond0");
    assert.equal((json as Json).physical_network, "pn");
  });

  it("a word behind a port group, a port or a volume is a choice of fields", async () => {
    const { json } = await api.send("GET", "/v1/portgroups/bond0/Mode,name");
    assert.deepEqual(
      [(json as Json).mode, (json as Json).name, "uuid" in (json as Json)],
      ["active-backup", "bond0", false],
    );
    const { ports } = (await api.send("GET", "/v1/ports")).json as { ports: { uuid: string }[] };
    const port = `/v1/ports/${ports[0]?.uuid}`;
    assert.equal((await api.send("GET", `${port}/address`)).status, 200);
    assert.equal((await api.send("GET", `${port}/address`, { minor: 7 })).status, 406);
    for (const path of ["/v1/portgroups/bond0/nosuch", `${port}/constructor`])
      assert.equal((await api.send("GET", path)).status, 400, path);
  });

  it("a smart NIC's link names its port and host, once there is one", async () => {
    const link = { port_id: "p", switch_id: "00:11:22:33:44:55" };
    const port = { node_uuid: node, address: "52:54:00:00:00:03", is_smartnic: true };
    const send = (local_link_connection: object) =>
      api.send("POST", "/v1/ports", { body: { ...port, local_link_connection } });
    assert.equal((await send(link)).status, 400);
    assert.equal((await send({ port_id: "p", hostname: "h" })).status, 201);
  });

  it("have a category: taken at any version, shown from 1.103, at most 80 characters, null when taken away", async () => {
    const body = [{ op: "add", path: "/category", value: "storage" }];
    const at = async (minor: number) => (await api.send("PATCH", "/v1/portgroups/bond0", { minor, body })).json as Json;
    assert.equal("category" in (await at(102)), false);
    assert.equal((await at(103)).category, "storage");
    const remove = [{ op: "remove", path: "/category" }];
    const removed = await api.send("PATCH", "/v1/portgroups/bond0", { body: remove });
    assert.equal((removed.json as Json).category, null);
    const long = { node_uuid: node, category: "x".repeat(81) };
    assert.equal((await api.send("POST", "/v1/portgroups", { body: long })).status, 400);
  });

  it("members are listed below the group and by filter; their network is the group's from 1.102", async () => {
    assert.equal(await names("/v1/portgroups/bond0/ports", "ports"), 1);
    assert.equal(await names(`/v1/portgroups/${group}/ports/detail`, "ports", 24), 1);
    assert.equal(await names("/v1/ports?portgroup=bond0", "ports"), 1);
    assert.equal((await api.send("GET", "/v1/ports?portgroup=nosuch")).status, 404);
    assert.equal((await api.send("GET", "/v1/ports?portgroup=bad%20name")).status, 400);
    const { json } = await api.send("GET", "/v1/ports?portgroup=bond0");
    const [{ uuid = "" } = {}] = (json as { ports: { uuid?: string }[] }).ports;
    const body = [{ op: "add", path: "/physical_network", value: "x" }];
    assert.equal((await api.send("PATCH", `/v1/ports/${uuid}`, { body })).status, 400);
    assert.equal((await api.send("PATCH", `/v1/ports/${uuid}`, { minor: 101, body })).status, 200);
  });

  it("are refused with the field named", async () => {
    for (const [body, named] of [
      [{}, /node_uuid/],
      [{ node_uuid: "n1" }, /node_uuid/],
      [{ node_uuid: crypto.randomUUID() }, /node_uuid.*could not be found/],
      [{ node_uuid: node, name: "a b" }, /a b/],
      [{ node_uuid: node, address: "x" }, /address/],
      [{ node_uuid: node, dynamic_portgroup: true }, /dynamic_portgroup/],
    ] as const) {
      const answer = await api.send("POST", "/v1/portgroups", { body });
      assert.equal(answer.status, 400);
      assert.match(answer.text, named);
    }
    const twice = await api.send("POST", "/v1/portgroups", { body: { node_uuid: node, name: "bond0" } });
    assert.equal(twice.status, 409);
    const refused = await api.send("DELETE", "/v1/portgroups/bond0");
    assert.equal(refused.status, 400);
  });
});
