/** Volume connectors and targets over HTTP: what the generated tests of fields and routes do not tell. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

type Json = Record<string, unknown>;

describe("volumes over HTTP", () => {
  let api: ApiUnderTest;
  let node: string;
  before(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "n1" } });
    node = (made.json as { uuid: string }).uuid;
  });
  after(() => api[Symbol.asyncDispose]());

  const target = (values: object) =>
    api.send("POST", "/v1/volume/targets", {
      body: { node_uuid: node, volume_type: "iscsi", volume_id: "v", boot_index: 0, ...values },
    });

  it("secrets of a target are in no answer, and stay when the mask comes back", async () => {
    const properties = { target_portal: "x", auth_password: "hunter2", discovery_auth_password: "hunter3" };
    const made = await target({ boot_index: 10, properties });
    const { uuid } = made.json as { uuid: string };
    const path = `/v1/volume/targets/${uuid}`;
    const body = [{ op: "add", path: "/properties/target_lun", value: 1 }];
    const patched = await api.send("PATCH", path, { body });
    const masked = { target_portal: "x", auth_password: "******", discovery_auth_password: "******", target_lun: 1 };
    assert.deepEqual((patched.json as Json).properties, masked);
    for (const answer of [
      made,
      patched,
      await api.send("GET", path),
      await api.send("GET", "/v1/volume/targets?detail=true"),
    ])
      assert.doesNotMatch(answer.text, /hunter/);
    const [revealed] = await api.stores.volumeTargets.revealedOfNode(node);
    assert.deepEqual(revealed?.properties, { ...properties, target_lun: 1 });
    const changed = [{ op: "replace", path: "/properties/auth_password", value: "hunter4" }];
    assert.doesNotMatch((await api.send("PATCH", path, { body: changed })).text, /hunter/);
  });

  it("documents lead to both kinds, below the node too", async () => {
    for (const path of ["volume", "nodes/n1/volume"]) {
      const { json } = await api.send("GET", `/v1/${path}`);
      assert.deepEqual(Object.keys(json as object), ["links", "connectors", "targets"]);
      assert.equal((json as Record<string, { href: string }[]>).targets?.[0]?.href, `${api.url}/v1/${path}/targets`);
    }
  });

  it("lists of a node keep to it on the next page", async () => {
    await target({ boot_index: 20 });
    for (const path of [`/v1/nodes/${node}/volume/targets?limit=2`, "/v1/volume/targets?node=n1&limit=2"]) {
      const { targets, next } = (await api.send("GET", path)).json as { targets: object[]; next: string };
      assert.equal(targets.length, 2);
      assert.deepEqual((await api.send("GET", next.slice(api.url.length))).json, { targets: [] }, path);
    }
  });

  it("refusals name the field", async () => {
    for (const [values, named] of [
      [{ boot_index: "4" }, /boot_index/],
      [{ boot_index: 2 ** 60 }, /boot_index/],
      [{ volume_id: "x".repeat(37) }, /volume_id/],
      [{ properties: [] }, /properties/],
      [{ node_uuid: crypto.randomUUID() }, /node_uuid/],
      [{ more: 1 }, /more/],
    ] as const) {
      const answer = await target(values);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, named);
    }
    assert.equal((await target({ boot_index: 10 })).status, 409);
    assert.equal((await api.send("GET", "/v1/volume/targets/x")).status, 400);
    assert.equal((await api.send("GET", `/v1/volume/targets/${crypto.randomUUID()}`)).status, 404);
  });

  it("what stands below a node is written elsewhere; what has no identifier is told so", async () => {
    for (const [method, path, status] of [
      ["POST", "/v1/nodes/n1/volume/targets", 400],
      ["DELETE", `/v1/nodes/n1/volume/targets/${crypto.randomUUID()}`, 400],
      ["DELETE", "/v1/volume/targets", 400],
      ["PATCH", "/v1/volume/connectors", 400],
      ["POST", "/v1/volume", 405],
      ["PUT", "/v1/volume/targets", 405],
      ["GET", "/v1/volume/nosuch", 404],
      ["GET", `/v1/volume/targets/${crypto.randomUUID()}/nosuch`, 404],
      ["GET", "/v1/nodes/n1/traits/CUSTOM_A", 405],
      ["GET", "/v1/nodes/n1/vifs/v", 405],
      ["DELETE", `/v1/portgroups/${crypto.randomUUID()}/ports`, 400],
    ] as const)
      assert.equal((await api.send(method, path, method === "GET" ? {} : { body: [] })).status, status, path);
  });
});
