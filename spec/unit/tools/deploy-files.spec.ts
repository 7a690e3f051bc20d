/** The compose file and the systemd units name commands and options that there are. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../common/config/load.ts";
import { COMMANDS } from "../../../tools/commands.ts";
import { parseFlags } from "../../../tools/flags.ts";
import { refuseUnshared } from "../../../tools/process-shape.ts";

const FOLDER = join(import.meta.dirname, "../../../deploy");
const NAMES = COMMANDS.map(({ name }) => name);

describe("compose file", () => {
  const text = readFileSync(join(FOLDER, "compose.yaml"), "utf8");

  const conf = join(FOLDER, "compose.conf");
  const env = Object.fromEntries(
    [...text.matchAll(/^ +(OS_\w+): (\S+)/gm)].map(([, name = "", value]) => [name, value]),
  );
  const commands = [...text.matchAll(/^ {2,4}command: \[((?:api|conductor)[^\]]*)\]/gm)].map(([, list = ""]) =>
    list.split(",").map((word) => word.trim().replaceAll('"', "")),
  );

  it("starts commands that there are, as they may be started", () => {
    assert.deepEqual(new Set(commands.map(([name]) => name)), new Set(["api", "conductor"]));
    for (const [name = "", ...words] of commands) {
      assert.ok(NAMES.includes(name));
      const flags = parseFlags(words);
      assert.deepEqual([flags.positionals, flags.files], [[], ["/etc/ferric/ferric.conf"]]);
      // An API that all may reach without a password needs to be told so in a file.
      assert.doesNotThrow(() => loadConfig({ env, files: [conf], flags: flags.settings }));
    }
  });

  it("gives every process of ferric its configuration and a folder of its own to write to", () => {
    const mounts = [
      ...text.matchAll(/"\.\/compose\.conf:\/etc\/ferric\/ferric\.conf:ro", "([\w-]+):\/var\/lib\/ferric"/g),
    ];
    assert.deepEqual(
      mounts.map(([, volume]) => volume),
      ["api-1", "api-2", "conductor-1", "conductor-2"],
    );
  });

  it("sets what processes need in common, by options that there are", () => {
    const { config } = loadConfig({ env, files: [conf] });
    assert.deepEqual([config.DEFAULT.rpc_transport, config.redis.url], ["bullmq", "redis://redis:6379/0"]);
    for (const name of ["api", "conductor"] as const) refuseUnshared(config, name);
    assert.notEqual(config.secrets.encryption_keys, null);
    assert.equal(config.DEFAULT.state_path, "/var/lib/ferric");
    // What nobody reads sets nothing: each name must have had an effect.
    assert.equal(Object.keys(env).length, 3);
  });
});

describe("systemd units", () => {
  for (const file of readdirSync(join(FOLDER, "systemd")))
    it(`${file} starts a command that there is, without more rights than it needs`, () => {
      const text = readFileSync(join(FOLDER, "systemd", file), "utf8");
      const [, line = ""] = /^ExecStart=.*bootstrap\.mjs (.*)$/m.exec(text) ?? [];
      const [name = "", ...flags] = line.split(" ");
      assert.ok(NAMES.includes(name), line);
      assert.deepEqual(parseFlags(flags).files, ["/etc/ferric/ferric.conf"]);
      for (const wanted of ["NoNewPrivileges=true", "ProtectSystem=strict", "User=ferric"])
        assert.ok(text.includes(wanted));
      // systemd gives up after five failures within 10 s otherwise: a full disk is five failures.
      for (const wanted of ["StartLimitIntervalSec=0", "Restart=always", "RestartPreventExitStatus=2"])
        assert.ok(text.includes(wanted));
      const bounds = /^CapabilityBoundingSet=(.*)$/m.exec(text)?.[1];
      const servesMachines = name === "serve" || name === "conductor";
      assert.equal(bounds, servesMachines ? "CAP_NET_BIND_SERVICE CAP_NET_RAW" : "");
    });

  it("are in the eyes of systemd without a fault", function () {
    const complaints = verified(readdirSync(join(FOLDER, "systemd")));
    if (complaints === null) return this.skip();
    assert.equal(complaints, "");
    const wrong = verified(["ferric.service"], (text) => text.replace("Restart=always", "Restart=sometimes"));
    assert.match(wrong ?? "", /ferric\.service.*sometimes/);
  });

  it("give each proxy of consoles its port and a folder of its own", () => {
    const unit = readFileSync(join(FOLDER, "systemd/ferric-novncproxy@.service"), "utf8").replaceAll("%i", "6091");
    const [, line = ""] = /^ExecStart=.*bootstrap\.mjs novncproxy (.*)$/m.exec(unit) ?? [];
    const env = Object.fromEntries(
      [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const { config } = loadConfig({ env, flags: parseFlags(line.split(" ")).settings, servesApi: false });
    assert.deepEqual([config.vnc.port, config.DEFAULT.state_path], [6091, "/var/lib/ferric/novncproxy-6091"]);
    assert.match(unit, /^StateDirectory=ferric\/novncproxy-6091$/m);
  });
});

/** What `systemd-analyze verify` says of copies of them whose program is the Node.js that runs this; null: it is not here. */
function verified(files: readonly string[], change = (text: string): string => text): string | null {
  const folder = mkdtempSync(join(tmpdir(), "ferric-units-"));
  try {
    const units = files.map((file) => {
      const text = readFileSync(join(FOLDER, "systemd", file), "utf8");
      // Of a template an instance: what stands behind the @ is a port or a name.
      const unit = join(folder, file.replace("@.", "@6091."));
      writeFileSync(unit, change(text.replace("/usr/bin/node", process.execPath)));
      return unit;
    });
    const args = ["verify", "--man=no", ...units];
    const { stderr, error } = spawnSync("systemd-analyze", args, { encoding: "utf8", timeout: 30_000 });
    if (error !== undefined) return null;
    // Of the units that are installed here it may have something to say, too.
    return stderr
      .split("\n")
      .filter((line) => line.includes("ferric"))
      .join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
