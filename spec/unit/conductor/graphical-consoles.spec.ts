/** Graphical consoles from the conductor's side: their tokens and containers, through restarts, expiry and failures. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../common/config/config.ts";
import { accessOf } from "../../../common/console-access.ts";
import { MASK } from "../../../common/secrets.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { targetOfPage } from "../../support/console-page.ts";
import { ContainerEngine } from "../../support/container-engine.ts";
import { RfbServer } from "../../support/rfb-server.ts";

const ON = { console_interface: "fake-graphical", conductor_affinity: "cond-1" };
const DEFAULT = { enabled_console_interfaces: ["fake", "fake-graphical", "no-console"] };

describe("graphical consoles of a conductor", () => {
  let screen: RfbServer;
  let engine: ContainerEngine;
  let bench: ConductorUnderTest;

  const start = (vnc: ConfigOverrides["vnc"] = {}) =>
    conductorUnderTest({
      DEFAULT,
      vnc: {
        enabled: true,
        container_provider: "container",
        container_executable: engine.podman,
        console_image: "localhost/console",
        ...vnc,
      },
    });

  beforeEach(async () => {
    screen = await RfbServer.start();
    engine = new ContainerEngine(screen.port);
    bench = await start();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
    engine[Symbol.dispose]();
    await screen[Symbol.asyncDispose]();
  });

  async function set(node: string, enabled: boolean, on: ConductorUnderTest = bench): Promise<void> {
    await on.call("setConsoleMode", { node, enabled });
    await on.conductor.idle();
  }
  const accessNow = async (uuid: string) => accessOf(await bench.node(uuid));

  it("has a container and a URL with a token while it is on, and neither afterwards", async () => {
    const node = await bench.nodeIn("active", ON);
    await set(node, true);
    assert.equal((await bench.node(node)).console_enabled, true);
    assert.deepEqual([...engine.containers().keys()], [`ironic-console-${node}`]);
    const info = await bench.call("getConsole", { node });
    const access = await accessNow(node);
    assert.equal(info.type, "vnc");
    assert.deepEqual(targetOfPage(String(info.url)).node, node);
    assert.equal(targetOfPage(String(info.url)).token, access?.token);
    assert.equal(access?.port, screen.port);
    assert.ok((access?.token.length ?? 0) >= 43, "32 bytes of chance");
    await set(node, false);
    assert.equal(engine.size, 0);
    assert.equal(await accessNow(node), null);
    assert.deepEqual((await bench.node(node)).driver_internal_info.vnc_port, undefined);
  });

  it("shows its token masked wherever it is not asked for", async () => {
    const node = await bench.nodeIn("active", ON);
    await set(node, true);
    const { driver_internal_info } = await bench.stores.nodes.get(node);
    assert.equal(driver_internal_info.novnc_secret_token, MASK);
    const token = (await accessNow(node))?.token ?? "";
    assert.ok(!JSON.stringify(bench.events.recent(node)).includes(token));
  });

  it("is switched off when its token has expired, and not before", async () => {
    const node = await bench.nodeIn("active", ON);
    const other = await bench.nodeIn("active", { console_interface: "fake", console_enabled: true });
    await set(node, true);
    bench.advance(599);
    await bench.conductor.pass("consoles");
    assert.equal((await bench.node(node)).console_enabled, true);
    bench.advance(2);
    await bench.conductor.pass("consoles");
    assert.equal((await bench.node(node)).console_enabled, false);
    assert.equal(engine.size, 0);
    assert.equal(await accessNow(node), null);
    assert.equal((await bench.node(other)).console_enabled, true, "other kinds of consoles stay");
  });

  it("ends its containers with the conductor, and starts them with another token at the next start", async () => {
    const node = await bench.nodeIn("active", ON);
    await set(node, true);
    const before = await accessNow(node);
    await bench.conductor[Symbol.asyncDispose]();
    assert.equal(engine.size, 0);
    await bench.crash();
    await bench.conductor.idle();
    const after = await accessNow(node);
    assert.equal((await bench.node(node)).console_enabled, true);
    assert.equal(engine.size, 1);
    assert.notEqual(after?.token, before?.token);
  });

  it("is started once, whoever looks for it: it keeps its token in looks for nodes to take over", async () => {
    const node = await bench.nodeIn("active", { ...ON, conductor_affinity: null });
    await set(node, true);
    const before = await accessNow(node);
    await bench.conductor.pass("takeover");
    assert.deepEqual(await accessNow(node), before);
    assert.equal(engine.calls().filter(({ args }) => args[0] === "run").length, 1);
  });

  it("sweeps away what a process that died had left running", async () => {
    const node = await bench.nodeIn("active", ON);
    const gone = await bench.nodeIn("active", ON);
    await set(node, true);
    await set(gone, true);
    await bench.stores.nodes.updateUnlocked(gone, { console_enabled: false });
    await bench.crash();
    await bench.conductor.idle();
    assert.deepEqual([...engine.containers().keys()], [`ironic-console-${node}`]);
  });

  it("tells in last_error why it could not be started, and stays off", async () => {
    const node = await bench.nodeIn("active", ON);
    engine.breakDown();
    await set(node, true);
    const { console_enabled, last_error } = await bench.node(node);
    assert.equal(console_enabled, false);
    assert.match(last_error ?? "", /Failed to set console mode: .*provider "container".*the image has no program/);
    assert.equal(await accessNow(node), null);
  });

  it("goes with its node, and with the node's instance", async () => {
    const [deleted, torn] = [await bench.nodeIn("available", ON), await bench.nodeIn("active", ON)];
    await set(deleted, true);
    await set(torn, true);
    await bench.call("destroyNode", { node: deleted });
    assert.deepEqual([...engine.containers().keys()], [`ironic-console-${torn}`]);
    await bench.call("doNodeTearDown", { node: torn });
    await bench.until(torn, "available");
    assert.equal(engine.size, 0);
    assert.equal((await bench.node(torn)).console_enabled, false);
  });

  it("is refused with a remedy where it cannot work: without an image", async () => {
    const text = /container_provider = container cannot work yet: .*\[vnc\]console_image/;
    await using other = await start({ console_image: null });
    const node = await other.nodeIn("active", ON);
    await assert.rejects(other.call("setConsoleMode", { node, enabled: true }), text);
    assert.match(String((await other.call("validateDriverInterfaces", { node })).console?.reason), text);
  });

  it("can be switched on and off with the provider fake, and shows nothing", async () => {
    await using other = await start({ container_provider: "fake" });
    const node = await other.nodeIn("active", ON);
    await set(node, true, other);
    assert.match(String((await other.call("getConsole", { node })).url), new RegExp(node));
    await set(node, false, other);
    assert.equal((await other.node(node)).console_enabled, false);
  });
});
