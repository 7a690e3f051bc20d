/** Vendor passthru, indicators, virtual media, BIOS settings and firmware over HTTP, at the microversions that bring them. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

describe("parts of a node over the API", () => {
  let api: ApiUnderTest;
  let node: string;

  before(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    node = (made.json as { uuid: string }).uuid;
    await api.stores.biosSettings.replace(node, [{ name: "a", value: "1", attribute_type: "String" }]);
    const bmc = { component: "bmc", initial_version: "1.0", vendor: "v" };
    await api.stores.firmwareComponents.replace(node, [bmc]);
  });
  after(async () => api?.[Symbol.asyncDispose]());

  const at = (path: string) => `/v1/nodes/${node}${path}`;

  it("hands vendor methods on with verb and arguments, by path or by query", async () => {
    for (const path of ["/vendor_passthru/second_method", "/vendor_passthru?method=second_method"]) {
      const { status, text } = await api.send("POST", at(path), { body: { bar: "kazoo" } });
      assert.deepEqual([status, text], [202, ""]);
      assert.deepEqual(api.conductor.lastCall()?.params, {
        node,
        method: "second_method",
        verb: "POST",
        args: { bar: "kazoo" },
      });
    }
    const sync = await api.send("DELETE", "/v1/drivers/fake-hardware/vendor_passthru/sweep");
    assert.deepEqual([sync.status, sync.json], [200, "done"]);
  });

  it("refuses vendor calls without a method, with other arguments than by name, and unknown parameters", async () => {
    for (const [path, body] of [
      ["/vendor_passthru", {}],
      ["/vendor_passthru/x", []],
      ["/vendor_passthru/x", "text"],
      ["/vendor_passthru/x?foo=1", {}],
    ] as const)
      assert.equal((await api.send("POST", at(path), { body: JSON.stringify(body) })).status, 400, path);
    assert.equal((await api.send("GET", "/v1/drivers/nosuch/vendor_passthru/methods")).status, 404);
  });

  it("shows indicators with their links, and sets them", async () => {
    const { json } = await api.send("GET", at("/management/indicators"));
    const [light] = (json as { indicators: { name: string; links: { href: string }[] }[] }).indicators;
    assert.equal(light?.name, "led@chassis");
    assert.ok(light?.links[0]?.href.endsWith(at("/management/indicators/led@chassis")));
    assert.equal(
      (await api.send("PUT", at("/management/indicators/led@chassis"), { body: { state: "off" } })).status,
      204,
    );
    for (const name of ["led", "@chassis", "led@"])
      assert.equal((await api.send("GET", at(`/management/indicators/${name}`))).status, 400, name);
    assert.equal((await api.send("PUT", at("/management/indicators/led@chassis"), { body: { state: 5 } })).status, 400);
  });

  it("shows BIOS settings with their registry from 1.74", async () => {
    const keys = async (minor: number, query = "") => {
      const { json, status } = await api.send("GET", at(`/bios${query}`), { minor });
      if (status !== 200) return status;
      return Object.keys((json as { bios: object[] }).bios[0] ?? {}).sort();
    };
    const short = ["created_at", "links", "name", "updated_at", "value"];
    assert.deepEqual(await keys(40), short);
    assert.deepEqual(await keys(115), short);
    assert.equal(((await keys(74, "?detail=true")) as string[]).length, 14);
    assert.deepEqual(await keys(74, "?fields=name,lower_bound"), [
      "created_at",
      "links",
      "lower_bound",
      "name",
      "updated_at",
    ]);
    for (const query of ["?detail=true", "?fields=name"]) assert.equal(await keys(73, query), 400);
    assert.equal(await keys(115, "?fields=node_uuid"), 400);
    assert.equal(await keys(39), 404);
    const one = async (minor: number) => ((await api.send("GET", at("/bios/a"), { minor })).json as { a: object }).a;
    assert.equal(Object.keys(await one(73)).length, 5);
    assert.equal(Object.keys(await one(74)).length, 14);
    assert.equal((await api.send("GET", at("/bios/nosuch"))).status, 404);
  });

  it("shows firmware components with their identity from 1.114", async () => {
    const first = async (minor: number) =>
      ((await api.send("GET", at("/firmware"), { minor })).json as { firmware: object[] }).firmware[0] ?? {};
    assert.ok(!("vendor" in (await first(113))));
    assert.equal(Reflect.get(await first(114), "vendor"), "v");
    assert.equal((await api.send("GET", at("/firmware?fields=vendor"), { minor: 113 })).status, 400);
    assert.equal((await api.send("GET", at("/firmware"), { minor: 85 })).status, 404);
  });

  it("attaches and detaches virtual media from 1.89, and shows them from 1.93", async () => {
    const body = { device_type: "cdrom", image_url: "http://127.0.0.1/a.iso" };
    assert.equal((await api.send("POST", at("/vmedia"), { body, minor: 88 })).status, 404);
    assert.equal((await api.send("POST", at("/vmedia"), { body, minor: 89 })).status, 204);
    assert.deepEqual(api.conductor.lastCall()?.params, { node, device: "cdrom", url: body.image_url, source: "local" });
    for (const wrong of [
      { device_type: "tape" },
      { image_url: "ftp://x/y" },
      { image_url: "file:///etc/passwd" },
      { image_url: 1 },
    ])
      assert.equal((await api.send("POST", at("/vmedia"), { body: { ...body, ...wrong } })).status, 400);
    assert.equal((await api.send("DELETE", at("/vmedia?device_types=cdrom,disk"))).status, 204);
    assert.deepEqual(api.conductor.lastCall()?.params, { node, devices: ["cdrom", "disk"] });
    assert.equal((await api.send("DELETE", at("/vmedia?device_types=tape"))).status, 400);
    assert.equal((await api.send("GET", at("/vmedia"), { minor: 92 })).status, 404);
    assert.equal((await api.send("GET", at("/vmedia"), { minor: 93 })).status, 200);
  });
});
