/** Kickstarts: what is rendered of a node, what is refused, and what ferric's own does on the machine, run for real. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defaultConfig } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import { renderKickstart, templateOf } from "../../../../drivers/anaconda/kickstart.ts";
import { buildIso } from "../../../../drivers/media/iso9660.ts";
import { listening } from "../../../support/loopback.ts";

const TOKEN = "the-token_of-the-node";
const VALUES = {
  liveimg_url: "http://192.0.2.1/os.tgz",
  heartbeat_url: "http://192.0.2.1:6385/v1/heartbeat/u",
  insecure_heartbeat: "false",
  repo_url: "",
  liveimg_checksum: "",
  root_device: "{}",
  skip_block_devices: "[]",
  node_uuid: "u",
};
const config = defaultConfig({ conductor: { allow_local_image_urls: true } });
const { signal } = new AbortController();

async function own() {
  return templateOf({ kind: "kickstart", template: null, values: VALUES }, null, config);
}
async function render(text: string | null, values: Record<string, string> = {}, instance_info: JsonObject = {}) {
  const template = text === null ? await own() : { name: "http://192.0.2.1/ks", text };
  const node = { uuid: "u", instance_info, driver_internal_info: { agent_secret_token: TOKEN } };
  const kickstart = await renderKickstart(template, { ...VALUES, ...values }, node, { config, signal });
  assert.ok(kickstart);
  return kickstart;
}
const CALLS = "{{ ks_options.agent_token }} {{ ks_options.heartbeat_url }}\n";

/** The body of a section, of the first that begins so. */
function section(kickstart: string, start: string): string {
  const lines = kickstart.split("\n");
  const from = lines.findIndex((line) => line.startsWith(start));
  assert.ok(from >= 0, start);
  return lines.slice(from + 1, lines.indexOf("%end", from)).join("\n");
}

describe("kickstarts", () => {
  it("of ferric's own install a live image or the packages of a repository, and switch off", async () => {
    const image = await render(null, { liveimg_checksum: "0f" });
    assert.match(image, /^liveimg --url=http:\/\/192\.0\.2\.1\/os\.tgz --checksum=0f$/m);
    assert.doesNotMatch(image, /^(?:url|%packages)/m);
    const packages = await render(null, { is_source_a_path: "true", repo_url: "http://192.0.2.1/repo/" });
    assert.match(packages, /^url --url=http:\/\/192\.0\.2\.1\/repo\/$/m);
    assert.match(packages, /^%packages$/m);
    assert.doesNotMatch(packages, /^liveimg/m);
    for (const text of [image, packages]) assert.match(text, /^poweroff$/m);
  });

  it("must tell the service of the end, and close their sections", async () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      "lang en_US": /template http:\/\/192\.0\.2\.1\/ks cannot be used: it does not use ks_options\.agent_token/,
      [`${CALLS}{{ ks_options.x }}`]: /line 2: there is no ks_options\.x \(there are liveimg_url/,
      [`${CALLS}%post\nx`]: /is not valid: line 2: "%post" has no %end/,
      [`${CALLS}%end`]: /line 2: %end without a section/,
      [`${CALLS}%pre --log=/x\n%post\n%end`]: /line 3: "%post" begins before the %end of line 2/,
    };
    for (const [text, words] of Object.entries(wrong)) await assert.rejects(render(text), words, text);
    // Lines and words as the installer's reader takes them.
    for (const end of ["\r", "\v", "\x1c", "\x85", "\u2028"])
      await assert.rejects(render(`${CALLS}%post\n'${end}%end${end}x\n%end\n`), /%end without a section/);
    for (const end of ["  %end", "%end x"]) assert.ok(await render(`${CALLS}%post\n${end}\n`));
    await assert.rejects(render(`${CALLS}%post --log=/{{ ks_options.agent_token }}`), (error: Error) => {
      assert.match(error.message, /line 2: "%post" has no %end/);
      return !error.message.includes(TOKEN);
    });
    assert.equal(await render(`${CALLS}%pre\n%end\n`), `${TOKEN} ${VALUES.heartbeat_url}\n%pre\n%end\n`);
  });

  it("are nobody's once the node has no token any more", async () => {
    const node = { uuid: "u", instance_info: {}, driver_internal_info: {} };
    assert.equal(await renderKickstart(await own(), VALUES, node, { config, signal }), null);
  });

  it("come from a file of the operator's where one is configured", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-ks-"));
    try {
      await writeFile(join(folder, "ks"), CALLS);
      for (const default_ks_template of [join(folder, "ks"), `file://${folder}/ks`]) {
        const theirs = defaultConfig({ anaconda: { default_ks_template } });
        const template = await templateOf({ kind: "kickstart", template: null, values: VALUES }, null, theirs);
        assert.equal(template.text, CALLS);
      }
      const gone = defaultConfig({ anaconda: { default_ks_template: "/nowhere/ks" } });
      const reading = templateOf({ kind: "kickstart", template: null, values: VALUES }, null, gone);
      await assert.rejects(reading, /\[anaconda\]default_ks_template cannot be used: .*ENOENT/);
      await writeFile(join(folder, "ks"), Buffer.alloc(2 * 1024 ** 2));
      const large = defaultConfig({ anaconda: { default_ks_template: join(folder, "ks") } });
      await assert.rejects(
        templateOf({ kind: "kickstart", template: null, values: VALUES }, null, large),
        /at most 1048576/,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("the config drive in a kickstart", () => {
  const FILES = {
    "openstack/latest/meta_data.json": '{"uuid":"u","a":1}',
    "openstack/latest/user_data": "#!/bin/sh\n%end\necho 'x'\n",
  };

  /** Runs its %post sections with the seed in a folder. */
  async function written(configdrive: string | JsonObject): Promise<Record<string, string>> {
    const folder = await mkdtemp(join(tmpdir(), "ferric-seed-"));
    try {
      const text = await render(`${CALLS}{{ ks_options.config_drive }}`, {}, { configdrive });
      const script = text
        .split("\n")
        .filter((line) => !line.startsWith("%") && !line.includes(TOKEN))
        .join("\n")
        .replaceAll("/var/lib/cloud", folder);
      assert.equal((await run("sh", ["-e", "-c", script], {})).code, 0);
      const seed = join(folder, "seed/config_drive");
      const found: Record<string, string> = {};
      for (const path of Object.keys(FILES)) {
        found[path] = await readFile(join(seed, path), "utf8");
        assert.equal((await stat(join(seed, path))).mode & 0o077, 0, "only root reads it");
      }
      return found;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const image = () =>
    buildIso(
      "config-2",
      Object.entries(FILES).map(([path, text]) => ({ path, content: Buffer.from(text) })),
    ).head;

  it("becomes files that cloud-init finds, from JSON, an image, or the URL of one", async () => {
    const parts = { meta_data: { uuid: "u", a: 1 }, user_data: FILES["openstack/latest/user_data"] };
    assert.deepEqual(await written(parts), FILES);
    const packed = gzipSync(image()).toString("base64");
    assert.deepEqual(await written(packed), FILES);
    const server = http.createServer((_, response) => response.end(packed));
    try {
      assert.deepEqual(await written(`http://127.0.0.1:${await listening(server)}/drive`), FILES);
    } finally {
      server.close();
    }
  });

  it("is refused where it cannot be unpacked, with a reason that has a name", async () => {
    for (const configdrive of ["AAAA", gzipSync(Buffer.alloc(65 * 1024 ** 2)).toString("base64")])
      await assert.rejects(
        render(`${CALLS}{{ ks_options.config_drive }}`, {}, { configdrive }),
        (error: Error) => error.name === "InstanceDeployFailure" && /its image cannot be unpacked/.test(error.message),
      );
  });

  it("is refused when it is no image, without showing it", async () => {
    const drive = gzipSync(Buffer.from("secret of the drive")).toString("base64");
    await assert.rejects(
      render(`${CALLS}{{ ks_options.config_drive }}`, {}, { configdrive: drive }),
      (error: Error) => {
        assert.match(error.message, /configdrive\) cannot be used: it is no ISO 9660 image; .*give the drive as JSON/);
        return !error.message.includes("secret of");
      },
    );
  });
});

describe("ferric's own kickstart on the machine", () => {
  let folder: string;
  let server: http.Server;
  let reports: JsonObject[];
  let status: number;
  let url: string;

  before(async function () {
    if ((await run("python3", ["-c", ""], {})).code !== 0) this.skip();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-pre-"));
    [reports, status] = [[], 202];
    server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        assert.equal(request.headers["x-openstack-ironic-api-version"], "1.72");
        reports.push(JSON.parse(body) as JsonObject);
        response.writeHead(status).end();
      });
    });
    url = `http://127.0.0.1:${await listening(server)}/v1/heartbeat/u`;
    await mkdir(join(folder, "bin"));
    const disk = (name: string, gib: number, more: object = {}) => ({
      ...{ name, type: "disk", size: gib * 1024 ** 3, ro: false, rm: false, serial: `serial-${name}`, wwn: null },
      ...{ model: "M", vendor: "V", rota: true, hctl: null, ...more },
    });
    const blockdevices = [
      disk("sda", 500),
      disk("sdb", 100, { wwn: "0x5000c500a0b1c2d3" }),
      disk("sdc", 2),
      disk("sdd", 16, { rm: true }),
      disk("sde", 50, { ro: true }),
    ];
    await writeFile(join(folder, "disks.json"), JSON.stringify({ blockdevices }));
    await writeFile(join(folder, "bin/lsblk"), `#!/bin/sh\ncat '${folder}/disks.json'\n`);
    await chmod(join(folder, "bin/lsblk"), 0o755);
  });
  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function pre(hints: JsonObject, skipped: readonly JsonObject[] = []) {
    const values = {
      heartbeat_url: url,
      root_device: JSON.stringify(hints),
      skip_block_devices: JSON.stringify(skipped),
    };
    const kickstart = await render(null, values);
    const env = { FERRIC_FOLDER: folder, PATH: `${folder}/bin:${process.env.PATH ?? ""}` };
    const ended = await run("python3", ["-c", section(kickstart, "%pre")], env);
    const include = await readFile(join(folder, "ferric-disk.ks"), "utf8").catch(() => null);
    return { ...ended, include, kickstart };
  }

  it("takes the smallest disk of at least 4 GiB, no stick and none that cannot be written", async () => {
    const { code, include, err } = await pre({});
    assert.equal(code, 0, err);
    assert.equal(
      include,
      "ignoredisk --only-use=sdb\nclearpart --all --initlabel --drives=sdb\nbootloader --boot-drive=sdb\n",
    );
    const message = "the installer has started and will use sdb";
    assert.deepEqual(reports, [
      { callback_url: "", agent_token: TOKEN, agent_status: "start", agent_status_message: message },
    ]);
    assert.equal((await stat(join(folder, "ferric-report.py"))).mode & 0o777, 0o600, "the token is root's");
  });

  it("takes the disk of the hints, and never one that is to be skipped", async () => {
    const only = /^ignoredisk --only-use=(\w+)$/m;
    const chosen = async (...args: Parameters<typeof pre>) => only.exec((await pre(...args)).include ?? "")?.[1];
    assert.equal(await chosen({ serial: "SERIAL-SDA" }), "sda");
    assert.equal(await chosen({ wwn: "0x5000c500a0b1c2d3", size: 100 }), "sdb");
    assert.equal(await chosen({ name: "/dev/sdd" }), "sdd");
    assert.equal(await chosen({}, [{ serial: "serial-sdb" }]), "sda");
  });

  it("erases nothing when no disk fits, and says which there are", async () => {
    for (const hints of [{ serial: "other" }, { size: 100, rotational: false }, { name: "/dev/sde" }]) {
      reports = [];
      const { code, include } = await pre(hints);
      assert.deepEqual([code, include], [1, null]);
      assert.equal(reports[0]?.agent_status, "error");
      assert.match(String(reports[0]?.agent_status_message), /no disk fits .*sda \(500 GiB, serial serial-sda\)/);
    }
  });

  it("erases nothing when the service does not know of the installation", async () => {
    status = 400;
    const { code, include, err } = await pre({});
    assert.deepEqual([code, include], [1, null]);
    assert.match(err, /does not want this installation: nothing is erased/);
  });

  it("reports the end, and an error with the installer's last lines", async () => {
    const { kickstart } = await pre({});
    reports = [];
    const post = section(kickstart, "%post --nochroot").replaceAll("/tmp", folder);
    assert.equal((await run("sh", ["-c", post], {})).code, 0);
    await writeFile(join(folder, "anaconda.log"), "one\ntwo\nERR: no space\n");
    const onError = section(kickstart, "%onerror").replaceAll("/tmp", folder);
    assert.equal((await run("python3", ["-c", onError], {})).code, 0);
    assert.deepEqual(
      reports.map((report) => [report.agent_status, report.agent_status_message]),
      [
        ["end", "the system is installed"],
        ["error", "the installer failed: one | two | ERR: no space"],
      ],
    );
  });
});

function run(program: string, args: readonly string[], env: Record<string, string>) {
  return new Promise<{ code: number; err: string }>((resolve) => {
    const child = spawn(program, [...args], { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("error", () => resolve({ code: -1, err: `${program} is missing` }));
    child.on("close", (code) => resolve({ code: code ?? -1, err }));
  });
}
