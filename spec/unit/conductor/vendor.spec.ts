/** Vendor methods, indicators, virtual media and kept BIOS settings through a conductor with fake hardware. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("what a management or vendor interface offers beyond power", () => {
  let under: ConductorUnderTest;
  let node: string;
  beforeEach(async () => {
    under = await conductorUnderTest();
    node = await under.nodeIn("manageable", {}, {});
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const call = (method: string, args: Record<string, string> = {}) =>
    under.call("vendorPassthru", { node, method, verb: "POST", args });

  it("answers a synchronous method, and accepts the others", async () => {
    assert.deepEqual(await call("third_method_sync", { bar: "meow" }), { async: false, value: true });
    assert.deepEqual(await call("third_method_sync", { bar: "woof" }), { async: false, value: false });
    for (const method of ["second_method", "fourth_method_shared_lock", "log_passthrough"])
      assert.deepEqual(await call(method, { bar: "x" }), { async: true, value: null });
    await under.conductor.idle();
    assert.equal((await under.node(node)).reservation, null);
  });

  it("refuses methods that are not there, other verbs and missing arguments", async () => {
    await assert.rejects(call("first_method"), /No handler for method first_method; there are: .*second_method/);
    await assert.rejects(call("constructor"), /No handler/);
    await assert.rejects(call("second_method"), /second_method needs the parameter "bar"/);
    const wrong = under.call("vendorPassthru", { node, method: "second_method", verb: "GET", args: {} });
    await assert.rejects(wrong, /does not support HTTP GET; use POST/);
    const ofDriver = { driver: "fake-hardware", method: "x", verb: "POST", args: {} } as const;
    await assert.rejects(under.call("driverVendorPassthru", ofDriver), /No handler for method x; there are: none/);
  });

  it("tells the failure of a method that went on", async () => {
    const failing = await under.nodeIn("manageable", {}, { "vendor.second_method": { fail: "it is broken" } });
    await under.call("vendorPassthru", { node: failing, method: "second_method", verb: "POST", args: { bar: "x" } });
    await under.conductor.idle();
    const { last_error, reservation } = await under.node(failing);
    assert.match(last_error ?? "", /second_method failed: .*it is broken/);
    assert.equal(reservation, null);
  });

  it("shows indicators, which fake hardware does not let be set", async () => {
    assert.deepEqual(Object.keys(await under.call("getIndicators", { node })), ["chassis", "system"]);
    const led = { node, component: "system", indicator: "led" };
    assert.equal(await under.call("getIndicatorState", led), "on");
    await assert.rejects(under.call("getIndicatorState", { ...led, component: "__proto__" }), /Invalid component/);
    await assert.rejects(
      under.call("setIndicatorState", { ...led, state: "off" }),
      /does not support set_indicator_state/,
    );
  });

  it("says in last_error that fake hardware has no virtual media", async () => {
    await under.call("attachVirtualMedia", { node, device: "cdrom", url: "http://127.0.0.1/a", source: "local" });
    await under.conductor.idle();
    assert.match((await under.node(node)).last_error ?? "", /Failed to attach cdrom: .*attach_virtual_media/);
    await assert.rejects(under.call("getVirtualMedia", { node }), /does not support get_virtual_media/);
  });

  it("keeps the BIOS settings that a step applied, until they are reset", async () => {
    const clean = async (step: string, args: object) => {
      const clean_steps = [{ interface: "bios", step, args: args as Record<string, never> }] as const;
      await under.call("doNodeClean", { node, clean_steps });
      await under.conductor.idle();
      return (await under.stores.biosSettings.ofNode(node)).map(({ name, value }) => [name, value]);
    };
    const settings = [
      { name: "a", value: "1" },
      { name: "b", value: 4 },
    ];
    assert.deepEqual(await clean("apply_configuration", { settings }), [
      ["a", "1"],
      ["b", "4"],
    ]);
    assert.deepEqual(await clean("factory_reset", {}), []);
  });
});
