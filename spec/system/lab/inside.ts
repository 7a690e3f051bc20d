/** Runs inside the lab's network namespace (see run.ts): ferric, the world around it and the operator's commands. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FerricEvent } from "../../../common/events.ts";
import { Baremetal } from "./baremetal.ts";
import { controllerOf, isRedfish } from "./controllers.ts";
import { deployScenario } from "./deploy-scenario.ts";
import { follow } from "./event-stream.ts";
import { killScenario } from "./kill-scenario.ts";
import { Planted } from "./planted.ts";
import { ROOT } from "./prerequisites.ts";
import { World } from "./world.ts";

export interface Run {
  readonly firmware: "bios" | "uefi";
  readonly bootInterface: string;
  readonly short: boolean;
  readonly ipmi: "ipmitool" | "native";
  readonly scenario: "deploy" | "kill";
  readonly out?: string;
  readonly state: string;
  readonly first: string;
  readonly second: string;
  readonly ramdisk: string;
  readonly baremetal: string;
}

const HOST = "10.77.0.1";
const BMC = "10.77.1.11";
export const API = `http://${HOST}:6385`;

function configuration(run: Run): string {
  return `[DEFAULT]
auth_strategy = noauth
debug = true
host = lab-conductor
state_path = ${run.state}/ferric
${controllerOf(run.bootInterface, run.ipmi).enabled}
enabled_inspect_interfaces = agent,no-inspect
[api]
host_ip = ${HOST}
public_endpoint = ${API}
[agent]
require_tls = true
deploy_logs_collect = always
deploy_logs_local_path = ${run.state}/ferric/agent-logs
[boot]
http_host = ${HOST}
${controllerOf(run.bootInterface, run.ipmi).boot}
[conductor]
file_url_allowed_paths = ${run.ramdisk}
deploy_kernel = file://${run.ramdisk}/ferric-agent.kernel
deploy_ramdisk = file://${run.ramdisk}/ferric-agent.initramfs
[deploy]
erase_devices_priority = 0
erase_devices_metadata_priority = 10
[pxe]
kernel_append_params = console=tty0 console=ttyS0,115200
${controllerOf(run.bootInterface, run.ipmi).more}
`;
}

const confOf = ({ state }: Run): string => join(state, "ferric.conf");

/** Starts `ferric serve` as an operator would, and waits until it answers. */
export async function startFerric(run: Run): Promise<ChildProcess> {
  const file = confOf(run);
  writeFileSync(file, configuration(run));
  const log = createWriteStream(join(run.state, "ferric.log"), { flags: "a" });
  await new Promise((ok) => log.once("open", ok));
  const child = spawn(process.execPath, ["tools/ferric.mjs", "serve", "--config-file", file], {
    cwd: ROOT,
    stdio: ["ignore", log, log],
  });
  const limit = Date.now() + 60_000;
  while (Date.now() < limit) {
    if (child.exitCode !== null)
      throw new Error(`ferric ended at start:\n${readFileSync(join(run.state, "ferric.log"), "utf8")}`);
    const up = await fetch(`${API}/v1`).then(
      (r) => r.ok,
      () => false,
    );
    if (up) return child;
    await new Promise((ok) => setTimeout(ok, 100));
  }
  throw new Error("ferric did not answer within 60 s");
}

export async function stopFerric(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((ok) => child.once("exit", ok));
  child.kill(signal);
  await ended;
}

async function main(): Promise<void> {
  const run = JSON.parse(process.env.LAB_RUN ?? "{}") as Run;
  const key = join(run.state, "id");
  if (!existsSync(key)) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  await using world = await World.start(HOST, 7750, { first: run.first, second: run.second });
  await controllerOf(run.bootInterface, run.ipmi).ready();
  let ferric = await startFerric(run);
  const restart = async () => {
    await stopFerric(ferric, "SIGKILL");
    ferric = await startFerric(run);
  };
  const events: FerricEvent[] = [];
  const stop = new AbortController();
  const following = follow(`${API}/ferric/v1/events`, events, stop.signal);
  const { state } = run;
  const places = { state, conf: confOf(run), api: API, events, pid: () => ferric.pid ?? 0 };
  const bmc = { address: BMC, byTool: run.ipmi === "ipmitool" };
  const planted = new Planted(places, isRedfish(run.bootInterface) ? null : bmc);
  const baremetal = new Baremetal(run.baremetal, API, (answer) => planted.heard(answer));
  try {
    const scene = { run, world, events, baremetal, planted, key };
    if (run.scenario === "kill") await killScenario(scene, restart);
    else await deployScenario(scene);
  } catch (error) {
    console.error(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
    console.error(tail(join(run.state, "ferric.log"), 30), tail(join(run.state, "lab/node-1/console.log"), 40));
    process.exitCode = 1;
  } finally {
    writeFileSync(join(run.state, "events.json"), JSON.stringify(events, null, 1));
    stop.abort();
    await following;
    await planted[Symbol.asyncDispose]();
    await stopFerric(ferric);
  }
}

function tail(file: string, lines: number): string {
  if (!existsSync(file)) return `(${file} is not there)`;
  return `--- ${file}\n${readFileSync(file, "utf8").split("\n").slice(-lines).join("\n")}`;
}

await main();
