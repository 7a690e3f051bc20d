/** A graphical console from the API to the screen: the whole service, QEMU's VNC server in place of a container's, real web sockets. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { type Service, startService } from "../../../tools/service.ts";
import { FAKE } from "../../support/conductor-under-test.ts";
import { targetOfPage } from "../../support/console-page.ts";
import { ContainerEngine } from "../../support/container-engine.ts";
import { freePort } from "../../support/loopback.ts";
import { RfbViewer } from "../../support/rfb-viewer.ts";

interface Shown {
  readonly console_enabled: boolean;
  readonly console_info: { readonly type: string; readonly url: string } | null;
}

describe("graphical consoles, whole", () => {
  let folder: string;
  let engine: ContainerEngine;
  let service: Service;

  const start = () =>
    startService(
      defaultConfig({
        DEFAULT: {
          ...FAKE,
          host: "cond-1",
          state_path: folder,
          enabled_console_interfaces: ["fake-graphical", "no-console"],
        },
        api: { port: 0 },
        boot: { http_port: 0 },
        conductor: { graceful_shutdown_timeout: 1, load_report_interval: 0 },
        vnc: {
          enabled: true,
          host_ip: "127.0.0.1",
          port: 0,
          container_provider: "container",
          container_executable: engine.podman,
          console_image: "localhost/console",
          wait_for_ready_timeout: 60,
        },
      }),
      { log: silent },
    );

  before(async function () {
    if (spawnSync("qemu-system-x86_64", ["--version"]).status !== 0) this.skip();
    folder = await mkdtemp(join(tmpdir(), "ferric-consoles-"));
    engine = new ContainerEngine(await Promise.all(Array.from({ length: 4 }, () => freePort())));
    service = await start();
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    engine?.[Symbol.dispose]();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${service.url}/v1${path}`, {
      method,
      headers: { "X-OpenStack-Ironic-API-Version": "1.99", "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }
  const shown = async (node: string) => (await ask("GET", `/nodes/${node}/states/console`)) as Shown;
  async function until(node: string, enabled: boolean): Promise<Shown> {
    for (const limit = performance.now() + 90_000; ; ) {
      const now = await shown(node);
      if (now.console_enabled === enabled) return now;
      if (performance.now() > limit) throw new Error(`${node}: ${JSON.stringify(await ask("GET", `/nodes/${node}`))}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  async function switched(node: string, enabled: boolean): Promise<string> {
    await ask("PUT", `/nodes/${node}/states/console`, { enabled });
    const { console_info } = await until(node, enabled);
    return enabled ? targetOfPage(console_info?.url ?? "", service.consoleUrl ?? "").socketUrl : "";
  }

  it("shows the screen of the machine to who has the URL, until the console is switched off", async () => {
    for (const name of ["one", "two"])
      await ask("POST", "/nodes", { name, driver: "fake-hardware", console_interface: "fake-graphical" });
    const [one, two] = [await switched("one", true), await switched("two", true)];
    const viewer = await RfbViewer.open(one);
    const screen = await viewer.handshake();
    assert.match(screen.name, /^QEMU \(ironic-console-/);
    const picture = await viewer.picture(screen);
    assert.ok(picture.width > 0 && picture.height > 0);
    const other = await RfbViewer.open(two);
    assert.notEqual((await other.handshake()).name, screen.name);
    const crossed = one.replace(/token=.*/, new URL(two).search.replace(/.*(?=token=)/, ""));
    assert.equal((await RfbViewer.refusal(crossed))?.status, 403);
    await switched("one", false);
    await viewer.closed;
    assert.equal((await RfbViewer.refusal(one))?.status, 403);
    await other.picture(await screenOf(two));
    other.socket.close();
  }).timeout(180_000);

  it("ends with the service, and comes back with another token", async () => {
    const { console_info } = await shown("two");
    const before = targetOfPage(console_info?.url ?? "", service.consoleUrl ?? "").socketUrl;
    const viewer = await RfbViewer.open(before);
    await viewer.handshake();
    await service[Symbol.asyncDispose]();
    await viewer.closed;
    assert.equal(engine.size, 0);
    service = await start();
    let after = before;
    for (const limit = performance.now() + 90_000; new URL(after).search === new URL(before).search; ) {
      assert.ok(performance.now() < limit, "the console was not started again");
      await new Promise((done) => setTimeout(done, 50));
      after = targetOfPage((await shown("two")).console_info?.url ?? "", service.consoleUrl ?? "").socketUrl;
    }
    const stale = `${new URL(after).origin}/websockify${new URL(before).search}`;
    assert.equal((await RfbViewer.refusal(stale))?.status, 403);
    assert.match((await screenOf(after)).name, /^QEMU/);
  }).timeout(180_000);

  async function screenOf(url: string) {
    const viewer = await RfbViewer.open(url);
    const screen = await viewer.handshake();
    viewer.socket.close();
    return screen;
  }
});
