/** Containers of consoles by a Docker-compatible program and by systemd: what is asked of those programs, and what is not. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import { silent } from "../../../../common/log.ts";
import { type ContainerProvider, providerOf } from "../../../../drivers/graphical/provider.ts";
import { publishedAddress, publishedAt } from "../../../../drivers/graphical/vnc-address.ts";
import { ContainerEngine } from "../../../support/container-engine.ts";
import { freePort } from "../../../support/loopback.ts";
import { RfbServer } from "../../../support/rfb-server.ts";
import { failure } from "../ipmi/ipmitool-bench.ts";

const NODE = "5a9f1c7e-6a5a-4c6e-8c36-0d8b8f1c0001";
const OTHER = "5a9f1c7e-6a5a-4c6e-8c36-0d8b8f1c0002";
const NAME = `ironic-console-${NODE}`;
const PASSWORD = "planted % 'secret' \"one\"";
const ORDER = { node: NODE, app: "redfish-graphical", info: { address: "https://bmc", password: PASSWORD } };
const never = new AbortController().signal;

describe("providers of console containers", () => {
  let screen: RfbServer;
  let engine: ContainerEngine;
  const path = process.env.PATH;
  const runtime = process.env.XDG_RUNTIME_DIR;

  beforeEach(async () => {
    screen = await RfbServer.start();
    engine = new ContainerEngine(screen.port);
    process.env.PATH = `${engine.bin}:${path}`;
    process.env.XDG_RUNTIME_DIR = engine.folder;
  });
  afterEach(async () => {
    process.env.PATH = path;
    if (runtime === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = runtime;
    engine[Symbol.dispose]();
    await screen[Symbol.asyncDispose]();
  });

  function provider(
    name: "systemd" | "container",
    vnc: ConfigOverrides["vnc"] = {},
    host = "cond-1",
  ): ContainerProvider {
    const own = { container_executable: engine.podman, systemd_unit_folder: engine.units };
    const config = defaultConfig({
      DEFAULT: { host },
      vnc: { container_provider: name, console_image: "localhost/console", ...own, ...vnc },
    });
    return providerOf({ config, log: silent });
  }

  for (const name of ["systemd", "container"] as const)
    describe(name, () => {
      it("runs a container with app, its knowledge and labels, and tells where its VNC server is", async () => {
        const address = await provider(name).start(ORDER, never);
        assert.deepEqual(address, { host: "127.0.0.1", port: screen.port });
        const { env = [], labels = [] } = engine.containers().get(NAME) ?? {};
        assert.ok(env.includes("APP=redfish-graphical"));
        assert.ok(env.includes("READ_ONLY=False"));
        assert.ok(labels.includes("org.openstack.ironic.conductor=cond-1"));
        assert.ok(labels.includes(`org.openstack.ironic.node=${NODE}`));
        const told =
          name === "systemd" ? env.find((line) => line.startsWith("APP_INFO="))?.slice(9) : startOf()?.appInfo;
        assert.deepEqual(JSON.parse(told ?? ""), ORDER.info);
      });

      it("writes the secret on no command line, and into no file that others may read", async () => {
        const made = provider(name);
        await made.start(ORDER, never);
        assert.ok(!JSON.stringify(engine.calls().map(({ args }) => args)).includes("planted"));
        for (const file of filesBelow(engine.folder)) {
          if (
            !readFileSync(file, "utf8").includes("planted") ||
            file.includes("calls") ||
            file.includes("/containers/")
          )
            continue;
          assert.equal(statSync(file).mode & 0o077, 0, file);
        }
        await made.stop(NODE);
        assert.ok(!existsSync(join(engine.folder, "ferric-consoles", `${NODE}.env`)));
      });

      it("replaces a container of the node, and stops it also when there is none", async () => {
        const made = provider(name);
        await made.stop(NODE);
        await made.start(ORDER, never);
        await made.start(ORDER, never);
        assert.deepEqual([...engine.containers().keys()], [NAME]);
        await made.stop(NODE);
        assert.equal(engine.size, 0);
        await made.stop(NODE);
      });

      it("stops its own of a node, or all, and leaves other conductors' alone", async () => {
        const [mine, others] = [provider(name), provider(name, {}, "cond-2")];
        await mine.start(ORDER, never);
        await others.start({ ...ORDER, node: OTHER }, never);
        await mine.stopOwn(OTHER);
        assert.equal(engine.size, 2);
        await mine.stopOwn(null);
        assert.deepEqual([...engine.containers().keys()], [`ironic-console-${OTHER}`]);
        await others.stopOwn(OTHER);
        assert.equal(engine.size, 0);
      });

      it("leaves nothing behind when the container cannot be started", async () => {
        engine.breakDown();
        const { message } = await failure(provider(name).start(ORDER, never));
        assert.match(
          message,
          new RegExp(`Console container error with provider "${name}": .*the image has no program`),
        );
        assert.ok(!message.includes("planted"));
        assert.equal(engine.size, 0);
        assert.ok(!existsSync(join(engine.folder, "ferric-consoles", `${NODE}.env`)));
      });

      it("gives up a container in which nothing greets, and stops it", async () => {
        await using mute = await RfbServer.start("silent");
        for (const port of [await freePort(), mute.port]) {
          using quiet = new ContainerEngine(port);
          process.env.PATH = `${quiet.bin}:${path}`;
          const places = { container_executable: quiet.podman, systemd_unit_folder: quiet.units };
          const { message } = await failure(
            provider(name, { wait_for_ready_timeout: 1, ...places }).start(ORDER, never),
          );
          assert.match(message, /no VNC server answered at 127\.0\.0\.1:\d+ within 1 s/);
          assert.equal(quiet.size, 0);
        }
      }).timeout(20_000);

      it("says what is missing: the image, the program", async () => {
        assert.match(provider(name, { console_image: null }).lacks ?? "", /\[vnc\]console_image/);
        assert.equal(provider(name).lacks, null);
        process.env.PATH = engine.units;
        const missing = provider(name, { container_executable: "no-such-engine" });
        assert.match((await failure(missing.start(ORDER, never))).message, /the program is not there: install it/);
      });
    });

  const startOf = () => engine.calls().find(({ args }) => args[0] === "run");

  it("container: publishes on one address, and tells its engine where to listen", async () => {
    await provider("container", { container_host: "unix:///run/engine.sock", read_only: true }).start(ORDER, never);
    const { args = [], host } = startOf() ?? {};
    assert.equal(host, "unix:///run/engine.sock");
    assert.equal(args[args.indexOf("--publish") + 1], "127.0.0.1::5900");
    assert.ok(args.includes("READ_ONLY=True"));
    assert.equal(args.at(-1), "localhost/console");
  });

  it("systemd: leaves no secret where no unit can be written", async () => {
    // A folder in which nobody makes files, root neither.
    const { message } = await failure(provider("systemd", { systemd_unit_folder: "/proc/self" }).start(ORDER, never));
    assert.match(message, /provider "systemd": .*let ferric's user write there, or set \[vnc\]systemd_unit_folder/);
    assert.ok(!existsSync(join(engine.folder, "ferric-consoles", `${NODE}.env`)));
  });

  it("systemd: takes no console for stopped whose unit it cannot read", async () => {
    mkdirSync(join(engine.units, `${NAME}.container`), { recursive: true });
    const units = provider("systemd");
    for (const stop of [units.stop(NODE), units.stopOwn(NODE)])
      assert.match((await failure(stop)).message, /provider "systemd": EISDIR.*let ferric's user write there/);
  });

  it("understands what engines say of a published port", () => {
    const config = defaultConfig({ DEFAULT: { my_ip: "192.0.2.7" } });
    const cases = [
      ["127.0.0.1:34567", "127.0.0.1", 34567],
      ["5900/tcp -> 192.0.2.9:40000\n", "192.0.2.9", 40000],
      ["0.0.0.0:34567\n[::]:34568", "192.0.2.7", 34567],
      ["[2001:db8::1]:34567", "2001:db8::1", 34567],
      [":::34567", "192.0.2.7", 34567],
    ] as const;
    for (const [said, host, port] of cases)
      assert.deepEqual(publishedAddress(said, "container", config), { host, port });
    for (const said of ["", "Error", "127.0.0.1:99999", "127.0.0.1:"])
      assert.throws(() => publishedAddress(said, "container", config), /has no published port 5900/);
    assert.equal(publishedAt(null, config), "192.0.2.7::5900");
    assert.equal(publishedAt(null, defaultConfig({ DEFAULT: { my_ip: "2001:db8::7" } })), "[2001:db8::7]::5900");
    assert.equal(publishedAt("192.0.2.1:7000:5900", config), "192.0.2.1:7000:5900");
  });
});

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}
