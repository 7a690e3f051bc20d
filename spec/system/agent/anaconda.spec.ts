/**
 * Deploy by anaconda through the real API: a client that does what firmware and installer do. It fetches boot configuration
 * over TFTP, kernel, second stage and kickstart over HTTP, and reports by heartbeats.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess } from "../../support/ferric-process.ts";
import { IronicApi, type NodeView } from "../../support/ironic-api.ts";
import { freePort, listening } from "../../support/loopback.ts";
import { TftpClient } from "../../unit/boot/tftp/client.ts";

const FILES: Readonly<Record<string, string>> = {
  "/vmlinuz": "the kernel",
  "/initrd.img": "the initramfs",
  "/squashfs.img": "the second stage",
  "/os.tar.gz": "the system",
  "/ks": [
    "liveimg --url={{ ks_options.liveimg_url }}",
    "# token {{ ks_options.agent_token }}",
    "# heartbeat {{ ks_options.heartbeat_url }}",
    "{{ ks_options.config_drive }}",
  ].join("\n"),
  "/bad": "{{ ks_options.no_such_thing }}",
};

describe("a deploy by anaconda", function () {
  this.timeout(240_000);
  let folder: string;
  let ferric: FerricProcess;
  let api: IronicApi;
  let files: http.Server;
  let images: string;
  let tftpPort: number;
  let macs = 0x10;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ferric-anaconda-"));
    files = http.createServer((request, response) => {
      const body = FILES[request.url ?? ""];
      response.writeHead(body === undefined ? 404 : 200).end(request.method === "HEAD" ? undefined : body);
    });
    images = `http://127.0.0.1:${await listening(files)}`;
    tftpPort = await freePort();
    const settings = {
      DEFAULT: { enabled_boot_interfaces: "fake,pxe,ipxe", enabled_deploy_interfaces: "fake,anaconda" },
      api: { ramdisk_heartbeat_timeout: 5 },
      boot: { tftp_enabled: true, tftp_port: tftpPort },
      conductor: { deploy_kernel: `${images}/vmlinuz`, deploy_ramdisk: `${images}/initrd.img`, automated_clean: false },
    };
    ferric = await FerricProcess.create({ folder, settings });
    await ferric.start({ waitMs: 110_000 });
    api = new IronicApi(ferric.url);
  });
  after(async () => {
    await ferric.stop("SIGKILL");
    files.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function started(info: Record<string, unknown>, configdrive?: object) {
    const mac = `52:54:00:00:0a:${(macs++).toString(16)}`;
    const node = { driver: "fake-hardware", boot_interface: "pxe", deploy_interface: "anaconda" };
    const uuid = String((await api.must("POST", "/v1/nodes", node)).uuid);
    await api.must("POST", "/v1/ports", { node_uuid: uuid, address: mac });
    await api.provision(uuid, "manage");
    await api.until(uuid, ["manageable"]);
    await api.provision(uuid, "provide");
    await api.until(uuid, ["available"]);
    const installer = { kernel: `${images}/vmlinuz`, ramdisk: `${images}/initrd.img` };
    await api.patch(uuid, { "/instance_info": { image_source: `${images}/os.tar.gz`, ...installer, ...info } });
    await api.provision(uuid, "active", configdrive === undefined ? {} : { configdrive });
    return { uuid, mac, node: await api.until(uuid, ["wait call-back", "deploy failed"]) };
  }
  const LIVE = () => ({ stage2: `${images}/squashfs.img`, ks_template: `${images}/ks` });

  /** Small files only: they come in one packet. */
  async function tftp(name: string): Promise<string> {
    await using client = await TftpClient.open(tftpPort);
    client.read(name, { blksize: "1400" });
    const answer = await client.next();
    if (answer.opcode === 5) return `error ${answer.number}`;
    client.ack(0, answer.port);
    const data = await client.next();
    client.ack(1, data.port);
    return data.body.toString();
  }
  const get = async (url: string): Promise<string> => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return answer.ok ? answer.text() : String(answer.status);
  };
  /** What the firmware and the first stage of the installer find out. */
  async function boot(mac: string) {
    const configuration = await tftp(`pxelinux.cfg/01-${mac.replaceAll(":", "-")}`);
    const word = (name: string) => new RegExp(`${name}=(\\S+)`).exec(configuration)?.[1] ?? "";
    const kickstart = await get(word("inst.ks"));
    const [, token = ""] = /# token (\S+)/.exec(kickstart) ?? [];
    const [, heartbeat = ""] = /# heartbeat (\S+)/.exec(kickstart) ?? [];
    return { configuration, word, kickstart, token, heartbeat };
  }
  async function report(url: string, agent_token: string, agent_status: string, agent_status_message = "") {
    const headers = { "content-type": "application/json", "X-OpenStack-Ironic-API-Version": "1.72" };
    const body = JSON.stringify({ callback_url: "", agent_token, agent_status, agent_status_message });
    return (await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) })).status;
  }
  const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

  it("is active when the installer has reported its end, however long it was silent", async () => {
    const { uuid, mac, node } = await started(LIVE(), { meta_data: { hello: "world" } });
    assert.equal(node.provision_state, "wait call-back", node.last_error ?? "");
    assert.equal(node.power_state, "power on");
    const machine = await boot(mac);
    const kernel = /^kernel (\S+)$/m.exec(machine.configuration)?.[1] ?? "";
    assert.equal(await tftp(kernel), FILES["/vmlinuz"]);
    assert.match(machine.configuration, /^append initrd=\S+ .*\btext\b/m);
    const base = machine.word("inst.stage2");
    for (const name of ["LiveOS/squashfs.img", "images/install.img"])
      assert.equal(await get(`${base}/${name}`), FILES["/squashfs.img"]);
    assert.match(machine.kickstart, new RegExp(`^liveimg --url=${images}/os\\.tar\\.gz$`, "m"));
    const drive = Buffer.from(
      /meta_data\.json' <<'FERRIC_END'\n([A-Za-z0-9+/=\n]+)FERRIC_END/.exec(machine.kickstart)?.[1] ?? "",
      "base64",
    );
    assert.deepEqual(JSON.parse(drive.toString()), { uuid, hello: "world" });

    assert.equal(await report(machine.heartbeat, "another-token", "end"), 400);
    assert.equal(await report(machine.heartbeat, machine.token, "start", "the installer has started"), 202);
    // Longer than an agent may be silent.
    await seconds(20);
    const waiting = await api.node(uuid);
    assert.deepEqual([waiting.provision_state, waiting.last_error], ["wait call-back", null]);
    assert.equal(await report(machine.heartbeat, machine.token, "end"), 202);
    const done = await api.until(uuid, ["active", "deploy failed"]);
    assert.deepEqual([done.provision_state, done.last_error, done.power_state], ["active", null, "power on"]);
    assert.match(await tftp(`pxelinux.cfg/01-${mac.replaceAll(":", "-")}`), /^error/, "no installer at the next start");
    assert.equal(await get(machine.word("inst.ks")), "404");
    assert.equal(await report(machine.heartbeat, machine.token, "end"), 400, "the token is void");
  });

  const failed = async (uuid: string): Promise<NodeView> => {
    const node = await api.until(uuid, ["deploy failed", "active"]);
    assert.equal(node.provision_state, "deploy failed");
    return node;
  };

  it("fails with the installer's words, and can be deployed again", async () => {
    const { uuid, mac } = await started(LIVE());
    const machine = await boot(mac);
    await report(machine.heartbeat, machine.token, "start");
    assert.equal(await report(machine.heartbeat, machine.token, "error", "disk on fire"), 202);
    const node = await failed(uuid);
    assert.match(node.last_error ?? "", /deploy\.deploy .*failed: the installer reports: disk on fire/);
    assert.equal(await get(machine.word("inst.ks")), "404", "its kickstart is gone with it");

    await api.provision(uuid, "active");
    assert.equal((await api.until(uuid, ["wait call-back", "deploy failed"])).provision_state, "wait call-back");
    const again = await boot(mac);
    assert.notEqual(again.token, machine.token);
    assert.equal(
      await report(again.heartbeat, machine.token, "end"),
      400,
      "a report of the run before counts for nothing",
    );
    assert.equal(await report(again.heartbeat, again.token, "end"), 202);
    assert.equal((await api.until(uuid, ["active", "deploy failed"])).provision_state, "active");
  });

  it("installs from a repository by ferric's own kickstart", async () => {
    const { uuid, mac, node } = await started({ image_source: `${images}/repo/` });
    assert.equal(node.provision_state, "wait call-back", node.last_error ?? "");
    const { word, kickstart } = await boot(mac);
    assert.equal(word("inst.repo"), `${images}/repo/`);
    assert.match(kickstart, new RegExp(`^url --url=${images}/repo/$`, "m"));
    assert.match(kickstart, /^%packages$/m);
    await api.provision(uuid, "deleted");
    await api.until(uuid, ["available"]);
    assert.equal(await get(word("inst.ks")), "404");
  });

  it("starts no machine for a template that cannot be rendered", async () => {
    const { node } = await started({ ...LIVE(), ks_template: `${images}/bad` });
    assert.equal(node.provision_state, "deploy failed");
    assert.match(
      node.last_error ?? "",
      /kickstart template .*\/bad cannot be used: line 1: there is no ks_options\.no_such_thing/,
    );
    assert.equal(node.power_state, "power off");
  });
});
