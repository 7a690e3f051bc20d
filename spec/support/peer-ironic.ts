/**
 * A real Ironic on a throw-away SQLite database, to prove that our agent works with the service others run. It is taken
 * from the virtual environment that PEER_VENV names (pip install ironic==39.0.0); without one the tests are left out.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./loopback.ts";

const run = promisify(execFile);
const START_LIMIT_MS = 90_000;

export interface PeerIronic {
  readonly url: string;
  /** The service's own log so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Folder of the virtual environment, or null with the reason to tell. */
export function peerVenv(): { venv: string } | { venv: null; reason: string } {
  const venv = process.env.PEER_VENV ?? join(tmpdir(), "peer", "venv");
  if (existsSync(join(venv, "bin", "ironic"))) return { venv };
  return { venv: null, reason: `no Ironic in ${venv} (PEER_VENV)` };
}

/** `extra`: further lines of ironic.conf. */
export async function startPeerIronic(venv: string, extra = ""): Promise<PeerIronic> {
  const folder = await mkdtemp(join(tmpdir(), "peer-ironic-"));
  const port = await freePort();
  const config = join(folder, "ironic.conf");
  for (const name of ["http", "tftp", "images", "tmp", "state"]) await mkdir(join(folder, name));
  await writeFile(config, configuration(folder, port, extra));
  await run(join(venv, "bin", "ironic-dbsync"), ["--config-file", config, "create_schema"], {
    timeout: START_LIMIT_MS,
  });
  const output = await open(join(folder, "output.log"), "a");
  const child = spawn(join(venv, "bin", "ironic"), ["--config-file", config], {
    stdio: ["ignore", output.fd, output.fd],
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  const log = () => readFile(join(folder, "ironic.log"), "utf8").catch(() => "");
  const stop = async () => {
    await endGroup(child);
    await output.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child);
  } catch (error) {
    const text = `${await readFile(join(folder, "output.log"), "utf8")}\n${await log()}`;
    await stop();
    throw new Error(`${String(error)}\n${text.slice(-4000)}`);
  }
  return { url, log, stop };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`the peer ended with ${child.exitCode}`);
    const text = await fetch(`${url}/v1/drivers`).then(
      (answer) => answer.text(),
      () => "",
    );
    if (text.includes("fake-hardware")) return;
    await pause(500);
  }
  throw new Error("the peer did not become ready");
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.kill(child.pid, "SIGTERM");
  const gone = await Promise.race([ended.then(() => true), pause(10_000).then(() => false)]);
  if (!gone) process.kill(-child.pid, "SIGKILL");
  await ended;
}

function configuration(folder: string, port: number, extra: string): string {
  return `[DEFAULT]
auth_strategy = noauth
rpc_transport = none
host = peer-${port}
state_path = ${folder}/state
tempdir = ${folder}/tmp
log_file = ${folder}/ironic.log
use_stderr = false
enabled_hardware_types = fake-hardware,manual-management
enabled_bios_interfaces = fake,no-bios
enabled_boot_interfaces = fake,ipxe
enabled_console_interfaces = no-console
enabled_deploy_interfaces = fake,direct,bootc
enabled_firmware_interfaces = fake,no-firmware
enabled_inspect_interfaces = fake,agent,no-inspect
enabled_management_interfaces = fake,noop
enabled_network_interfaces = noop
enabled_power_interfaces = fake
enabled_raid_interfaces = fake,no-raid
enabled_rescue_interfaces = fake,no-rescue
enabled_storage_interfaces = noop
enabled_vendor_interfaces = fake,no-vendor
[api]
host_ip = 127.0.0.1
port = ${port}
api_workers = 1
[conductor]
heartbeat_interval = 10
[database]
connection = sqlite:///${folder}/ironic.sqlite
[deploy]
http_root = ${folder}/http
http_url = http://127.0.0.1:${port}/none
[inspector]
require_managed_boot = false
[dhcp]
dhcp_provider = none
[pxe]
tftp_root = ${folder}/tftp
images_path = ${folder}/images
instance_master_path = ${folder}/images/master
tftp_master_path = ${folder}/tftp/master
[oslo_concurrency]
lock_path = ${folder}/tmp
[oslo_messaging_notifications]
driver = noop
[service_catalog]
auth_type = none
endpoint_override = http://127.0.0.1:${port}
[neutron]
auth_type = none
[glance]
auth_type = none
${extra}`;
}
