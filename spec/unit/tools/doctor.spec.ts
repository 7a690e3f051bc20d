/** What the doctor finds, on real files, ports and servers. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { markBegun, markComplete } from "../../../db/backup/restore-mark.ts";
import { openDatabase, openSchema } from "../../../db/connect.ts";
import { type Check, examine, pass } from "../../../tools/doctor/check.ts";
import { CHECKS } from "../../../tools/doctor/checks.ts";
import { diagnosisTable } from "../../../tools/doctor/table.ts";
import { CommandRun } from "../../support/command-run.ts";
import { freePort } from "../../support/loopback.ts";
import { TestPasswords } from "../../support/password-file.ts";
import { ScriptedKeystone } from "../../support/scripted-keystone.ts";

const folder = mkdtempSync(join(tmpdir(), "ferric-doctor-"));
after(() => rmSync(folder, { recursive: true }));

async function found(check: string, overrides: ConfigOverrides = {}, configFiles: readonly string[] = []) {
  const config = defaultConfig({ ...overrides, DEFAULT: { state_path: folder, ...overrides.DEFAULT } });
  const checks = CHECKS.filter(({ name }) => name === check);
  assert.equal(checks.length, 1);
  return (await examine({ config, configFiles, warnings: [] }, checks)).map(
    ({ verdict, text, remedy }) => `${verdict}: ${text}${remedy === undefined ? "" : ` -> ${remedy}`}`,
  );
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, "127.0.0.1", () => resolve(server));
  });
}

describe("the doctor", () => {
  it("tells a port that is free from one that another program has", async () => {
    const port = await freePort();
    const overrides = { api: { port }, boot: { http_enabled: false } };
    assert.deepEqual(await found("ports", overrides), [`pass: API: tcp 127.0.0.1:${port} is free`]);
    const server = await listening(port);
    const [text = ""] = await found("ports", overrides);
    server.close();
    assert.match(
      text,
      new RegExp(`^(fail|pass): API: tcp 127.0.0.1:${port} is used by .* \\(process ${process.pid}\\)`),
    );
  });

  it("looks at the port of graphical consoles where they are on", async () => {
    const port = await freePort();
    const overrides = { api: { port: await freePort() }, boot: { http_enabled: false } };
    const vnc = { enabled: true, host_ip: "127.0.0.1", port };
    const [, free] = await found("ports", { ...overrides, vnc });
    assert.equal(free, `pass: graphical consoles: tcp 127.0.0.1:${port} is free`);
    const server = await listening(port);
    const [, taken = ""] = await found("ports", { ...overrides, vnc });
    server.close();
    assert.match(
      taken,
      new RegExp(`graphical consoles: tcp 127.0.0.1:${port} is used by .* \\(process ${process.pid}\\)`),
    );
    const [, foreign] = await found("ports", { ...overrides, vnc: { ...vnc, host_ip: "192.0.2.1" } });
    assert.match(foreign ?? "", /^fail: graphical consoles: .*192\.0\.2\.1 is no address of this machine/);
    assert.equal((await found("ports", { ...overrides, vnc: { port } })).length, 1);
  });

  it("asks Keystone as the service would, and reads the file of users", async () => {
    await using keystone = await ScriptedKeystone.start();
    const ask = async () => (await found("authentication", keystone.settings())).join();
    assert.match(await ask(), /^pass: Keystone at http:\/\/127\.0\.0\.1:\d+ lets our user ask about tokens/);
    keystone.mood = "forbids";
    assert.match(await ask(), /^fail: .*does not let our own user validate tokens: give it the role service/);
    keystone.mood = "refuses login";
    assert.match(await ask(), /^fail: .*refuses our own user: check name, password and project/);
    using passwords = new TestPasswords({ alice: "x" });
    const DEFAULT = { auth_strategy: "http_basic", http_basic_auth_user_file: passwords.path } as const;
    assert.match((await found("authentication", { DEFAULT })).join(), /^pass: .* has 1 users/);
    passwords.write(["alice:plain"]);
    assert.match((await found("authentication", { DEFAULT })).join(), /^fail: .*line 1 has no bcrypt hash/);
    assert.deepEqual(await found("authentication", {}), []);
  });

  it("names an address that is not this machine's", async () => {
    const [text = ""] = await found("ports", { api: { host_ip: "192.0.2.1" }, boot: { http_enabled: false } });
    assert.match(text, /^fail: .*192\.0\.2\.1 is no address of this machine/);
  });

  it("knows database, schema, clock, conductors and a restore that nobody has acknowledged", async () => {
    const path = join(folder, "d.sqlite");
    const database = { connection: `sqlite://${path}` };
    assert.match((await found("database", { database })).join(), /^warn: there is no .*d\.sqlite yet/);
    const config = defaultConfig({ database });
    const opened = await openDatabase(config, silent);
    await opened.stores.conductors.register({ hostname: "c1", boot_id: "b", conductor_group: "", drivers: [] }, []);
    await opened.stores.nodes.create({ uuid: crypto.randomUUID(), driver: "ipmi" });
    await opened[Symbol.asyncDispose]();
    assert.match((await found("database", { database })).join("\n"), /pass: the schema is that of this program/);
    assert.match((await found("clock", { database })).join(), /^pass: the database's clock differs by \d+ ms/);
    assert.match(
      (await found("processes", { database })).join("\n"),
      /pass: conductor c1 is alive\nwarn: 1 nodes have no live/,
    );
    const schema = await openSchema(config, silent);
    await schema.engine.write(() => markBegun(schema, { origin: "the backup x", as_of: "2026" }));
    assert.match(
      (await found("database", { database })).join("\n"),
      /fail: filling from the backup x did not end well/,
    );
    await schema.engine.write(() => markComplete(schema, []));
    await schema.engine.close();
    assert.match((await found("database", { database })).join("\n"), /warn: .*the backup x.*acknowledge-restore/);
    const doubts = await found("database", { database: { ...database, sqlite_synchronous: "NORMAL" } });
    assert.match(doubts.join("\n"), /warn: .*sqlite_synchronous is NORMAL/);
  });

  it("says that a database server, a Redis and a ramdisk cannot be reached, without their passwords", async () => {
    const port = await freePort();
    const database = { connection: `postgresql://u:hidden@127.0.0.1:${port}/x` };
    const texts = [
      ...(await found("database", { database })),
      ...(await found("redis", {
        DEFAULT: { rpc_transport: "bullmq" },
        redis: { url: `redis://127.0.0.1:${port}/0`, password: "hidden" },
      })),
      ...(await found("ramdisk", { conductor: { deploy_kernel: `http://u:hidden@127.0.0.1:${port}/k` } })),
    ];
    assert.equal(texts.length, 3);
    for (const text of texts) {
      assert.match(text, /^fail: /);
      assert.doesNotMatch(text, /hidden/);
    }
  });

  it("fails files with secrets that everybody may read", async () => {
    const file = join(folder, "ferric.conf");
    writeFileSync(file, "[redis]\npassword = x\n");
    chmodSync(file, 0o644);
    chmodSync(folder, 0o700);
    assert.match(
      (await found("permissions", {}, [file])).join("\n"),
      /fail: .*ferric\.conf holds secrets.*-> chmod o=/,
    );
    chmodSync(file, 0o640);
    assert.doesNotMatch((await found("permissions", {}, [file])).join("\n"), /fail/);
  });

  it("misses programs only where an enabled interface calls them", async () => {
    const ipmi = { ipmitool: join(folder, "no-such-program") };
    assert.match((await found("programs", { ipmi })).join(), /^fail: .*no-such-program cannot be run/);
    const none = { enabled_power_interfaces: ["fake"], enabled_management_interfaces: ["fake"] };
    assert.deepEqual(await found("programs", { ipmi, DEFAULT: none }), []);
  });

  it("fails a certificate file that holds none", async () => {
    const file = join(folder, "ca.pem");
    writeFileSync(file, "hello");
    assert.match((await found("certificates", { redis: { ca_file: file } })).join(), /^fail: .*holds no certificate/);
  });

  it("waits for no check for ever, and goes on behind one that breaks", async () => {
    const checks: readonly Check[] = [
      { name: "hangs", run: () => new Promise(() => {}) },
      { name: "breaks", run: () => Promise.reject(new Error("broken")) },
      { name: "works", run: async () => [pass("fine")] },
    ];
    const all = await examine({ config: defaultConfig(), configFiles: [], warnings: [] }, checks, 50);
    assert.deepEqual(
      all.map(({ check, verdict }) => `${check} ${verdict}`),
      ["hangs fail", "breaks fail", "works pass"],
    );
    assert.match(diagnosisTable(all), /fail {2}breaks {2}broken\n[\s\S]*1 pass, 0 warn, 2 fail\n$/);
  });

  it("ends with 1 when something fails, with 0 else, and speaks JSON", async () => {
    const broken = await new CommandRun(["doctor", "--json", "--api-port", "99999"]).ended;
    assert.equal(broken.code, 1);
    const [finding] = JSON.parse(broken.out);
    assert.deepEqual([finding.check, finding.verdict], ["configuration", "fail"]);
    const port = String(await freePort());
    const http = String(await freePort());
    const args = ["--data", join(folder, "new"), "--api-port", port, "--boot-http-port", http];
    const none = [
      "--default-enabled-hardware-types",
      "manual-management",
      "--default-enabled-power-interfaces",
      "agent",
    ];
    const plain = [...none, "--default-enabled-management-interfaces", "noop"];
    const fine = await new CommandRun(["doctor", ...args, ...plain]).ended;
    assert.equal(fine.code, 0, fine.out + fine.err);
    assert.match(fine.out, /0 fail\n$/);
  });
});
