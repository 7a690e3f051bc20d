/** Texts kept of ports and of the states document are never shown once the record has changed, whatever changed it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

type Shown = Readonly<Record<string, unknown>>;

describe("texts kept of ports and states", () => {
  let api: ApiUnderTest;
  let node: string;
  beforeEach(async () => {
    api = await apiUnderTest();
    node = ((await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).json as { uuid: string }).uuid;
  });
  afterEach(async () => api[Symbol.asyncDispose]());

  const create = async (address: string, more: object = {}) =>
    ((await api.send("POST", "/v1/ports", { body: { node_uuid: node, address, ...more } })).json as { uuid: string })
      .uuid;
  const list = async (query: string) =>
    ((await api.send("GET", `/v1/ports${query}`)).json as { ports: readonly Shown[] }).ports;
  const one = async (uuid: string) => (await list("/detail")).find((port) => port.uuid === uuid);

  it("a port's changes show in every list, made over the API or past it", async () => {
    const uuid = await create("52:54:00:00:00:01");
    const changes = [{ extra: { a: 1 } }, { name: "eth0" }, { pxe_enabled: false }, { address: "52:54:00:00:00:02" }];
    for (const change of changes) {
      const [field = "", value] = Object.entries(change)[0] ?? [];
      assert.notDeepEqual((await one(uuid))?.[field], value);
      await api.stores.ports.update(uuid, change);
      assert.deepEqual((await one(uuid))?.[field], value);
    }
    await api.send("PATCH", `/v1/ports/${uuid}`, { body: [{ op: "add", path: "/extra/b", value: 2 }] });
    assert.deepEqual((await one(uuid))?.extra, { a: 1, b: 2 });
    assert.deepEqual(await list("?address=52:54:00:00:00:01"), []);
    assert.equal((await list("?address=52:54:00:00:00:02"))[0]?.uuid, uuid);
    await api.stores.ports.destroy(uuid);
    assert.equal(await one(uuid), undefined);
  });

  it("a physical network that a port group gives its members shows on them", async () => {
    const group = ((await api.send("POST", "/v1/portgroups", { body: { node_uuid: node } })).json as { uuid: string })
      .uuid;
    const uuid = await create("52:54:00:00:00:03", { portgroup_uuid: group });
    assert.equal((await one(uuid))?.physical_network, null);
    await api.stores.portgroups.update(group, { physical_network: "net7" });
    assert.equal((await one(uuid))?.physical_network, "net7");
  });

  it("ports and nodes with the same number in their tables are not mixed up; pages keep their order and links", async () => {
    const uuids = [];
    for (let at = 0; at < 5; at += 1) uuids.push(await create(`52:54:00:00:01:0${at}`));
    const read = async () => {
      const { ports, next } = (await api.send("GET", "/v1/ports?limit=3&sort_key=address&sort_dir=desc")).json as {
        ports: readonly Shown[];
        next: string;
      };
      const rest = (await api.send("GET", next.slice(next.indexOf("/v1/")))).json as { ports: readonly Shown[] };
      return [...ports, ...rest.ports].map((port) => port.uuid);
    };
    assert.deepEqual(await read(), uuids.toReversed());
    await api.send("GET", "/v1/nodes");
    assert.deepEqual(await read(), uuids.toReversed());
  });

  it("a state that has changed shows at once, with the fields of each version", async () => {
    const states = async (minor: number) =>
      (await api.send("GET", `/v1/nodes/${node}/states`, { minor })).json as Shown;
    assert.equal((await states(115)).last_error, null);
    const error = randomUUID();
    await api.stores.nodes.touch(node, { last_error: error });
    assert.equal((await states(115)).last_error, error);
    assert.equal((await states(74)).last_error, error);
    assert.ok("boot_mode" in (await states(75)));
    assert.ok(!("boot_mode" in (await states(74))));
    assert.ok(!("links" in (await states(115))));
  });
});
