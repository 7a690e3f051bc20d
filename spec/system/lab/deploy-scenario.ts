/** From a powered-off machine to a running operating system and back, with the stock CLI; every leg timed. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { FerricEvent } from "../../../common/events.ts";
import type { Baremetal } from "./baremetal.ts";
import { compareBmc } from "./compare-bmc.ts";
import { controllerOf, installedNetwork, MAC } from "./controllers.ts";
import type { Run } from "./inside.ts";
import { checkInstalled } from "./installed-system.ts";
import { type Leg, legsOf } from "./legs.ts";
import { ownShare } from "./own-share.ts";
import type { Planted } from "./planted.ts";
import { loginOnSerialLine } from "./serial-line.ts";
import type { PhoneHome, World } from "./world.ts";

export interface Scene {
  readonly run: Run;
  readonly world: World;
  readonly events: FerricEvent[];
  readonly baremetal: Baremetal;
  readonly planted: Planted;
  /** Path of the SSH key whose public half the config drive carries. */
  readonly key: string;
}

export const NODE = "server-1";
/** Seconds that the client waits for a state. */
export const WAIT = "1500";

export interface DeployResult {
  readonly what: string;
  readonly seconds: number;
  readonly own: number;
  readonly load: number;
  readonly legs: readonly Leg[];
}

export async function deployScenario(scene: Scene): Promise<void> {
  const { run, baremetal } = scene;
  const results: DeployResult[] = [];
  await enrol(scene);
  await timed("manage", () => baremetal.run("node", "manage", NODE, "--wait", WAIT));
  if (!run.short) {
    await timed("inspect", () => baremetal.run("node", "inspect", NODE, "--wait", WAIT));
    await checkInspected(scene);
  }
  await timed("provide", () => baremetal.run("node", "provide", NODE, "--wait", WAIT));
  results.push(await deploy(scene, "deploy", "first"));
  await timed("search for secrets", () => scene.planted.search());
  if (!run.short) results.push(await deploy(scene, "rebuild", "second"));
  await timed("undeploy", () => baremetal.run("node", "undeploy", NODE, "--wait", WAIT));
  expectState(await baremetal.show(NODE), "available");
  await baremetal.run("node", "delete", NODE);
  if (!run.short) await timed("search for secrets", () => scene.planted.search());
  report(run, results);
}

export async function enrol({ run, baremetal, planted }: Scene): Promise<void> {
  await baremetal.run(
    ...["node", "create", ...controllerOf(run.bootInterface, run.ipmi).create],
    ...["--name", NODE, "--boot-interface", run.bootInterface],
    ...["--property", `capabilities=boot_mode:${run.firmware}`],
    ...["--property", `root_device={"serial": "node-1-0"}`],
    ...(run.short ? ["--no-automated-clean"] : []),
  );
  const { uuid } = await baremetal.show(NODE);
  await baremetal.run("port", "create", MAC, "--node", String(uuid));
  await baremetal.run("node", "set", NODE, ...planted.driverInfo.flatMap((pair) => ["--driver-info", pair]));
  await baremetal.run(
    ...["volume", "target", "create", "--node", String(uuid), "--type", "iscsi", "--boot-index", "0"],
    ...["--volume-id", "v1", "--property", `auth_password=${planted.chapPassword}`],
  );
  const steps = [{ interface: "deploy", step: "planted", args: { password: planted.stepArgument }, priority: 0 }];
  await baremetal.run("deploy", "template", "create", "CUSTOM_PLANTED", "--steps", JSON.stringify(steps));
}

async function checkInspected({ baremetal }: Scene): Promise<void> {
  const text = await baremetal.run("node", "inventory", "save", NODE);
  const data = JSON.parse(text) as { inventory?: { disks?: { serial?: string }[]; memory?: { physical_mb?: number } } };
  if (!data.inventory?.disks?.some((disk) => disk.serial === "node-1-0"))
    throw new Error(`the inventory does not name the disk node-1-0: ${text.slice(0, 500)}`);
}

async function deploy(scene: Scene, what: "deploy" | "rebuild", image: "first" | "second"): Promise<DeployResult> {
  const { world, events, baremetal } = scene;
  await nameImage(scene, image);
  const drive = configDrive(scene, image);
  const since = events.length;
  const started = Date.now();
  const load = loadavg()[0] ?? 0;
  await timed(what, () => baremetal.run("node", what, NODE, "--config-drive", drive, "--wait", WAIT));
  const home = await phoneHome(world, started);
  console.log(`  installed system up: ${home.text.trim()} from ${home.from}`);
  await checkInstalled(scene, home, image);
  if (scene.run.ipmi === "native") {
    await timed("functions compared with ipmitool", () => compareBmc("10.77.1.11", scene.planted.bmcPassword));
    await timed("login on the serial line", () => loginOnSerialLine(scene, `${NODE}-${image}`));
  }
  const story = events.slice(since);
  const result = {
    what,
    seconds: (home.at - started) / 1000,
    own: ownShare(story),
    load,
    legs: legsOf(story, home.at),
  };
  console.log(JSON.stringify(result, null, 1));
  return result;
}

export async function nameImage({ run, world, baremetal }: Scene, image: "first" | "second"): Promise<void> {
  const hash = readFileSync(join(run[image], "os.sha256"), "utf8")
    .split("\n")
    .find((line) => line.endsWith("os.qcow2"));
  await baremetal.run(
    ...["node", "set", NODE],
    ...["--instance-info", `image_source=${world.base}/${image}/os.qcow2`],
    ...["--instance-info", `image_os_hash_algo=sha256`],
    ...["--instance-info", `image_os_hash_value=${hash?.split(" ")[0]}`],
    ...["--instance-info", "image_disk_format=qcow2"],
  );
}

/** A folder for the client, which makes the config drive of it. */
export function configDrive({ run, world, key, planted }: Scene, image: string): string {
  const folder = join(run.state, `config-drive-${image}`);
  const put = (name: string, value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    execFileSync("mkdir", ["-p", join(folder, "openstack/latest")]);
    writeFileSync(join(folder, "openstack/latest", name), text);
  };
  put("meta_data.json", {
    uuid: crypto.randomUUID(),
    hostname: `${NODE}-${image}`,
    name: NODE,
    public_keys: { lab: readFileSync(`${key}.pub`, "utf8").trim() },
  });
  put("network_data.json", installedNetwork(run.bootInterface));
  put(
    "user_data",
    `#cloud-config\n${planted.driveLine}\nssh_pwauth: true\npassword: lab-password\nchpasswd: {expire: false}\nruncmd:\n- curl -s --retry 20 --retry-all-errors -d "$(hostname)" ${world.base}/phone-home\n`,
  );
  return folder;
}

export async function phoneHome(world: World, since: number): Promise<PhoneHome> {
  for (const limit = Date.now() + 900_000; Date.now() < limit; ) {
    const call = world.calls.find((item) => item.at > since);
    if (call !== undefined) return call;
    await new Promise((ok) => setTimeout(ok, 200));
  }
  throw new Error("the installed system did not call home within 900 s");
}

function expectState(node: Record<string, unknown>, state: string): void {
  if (node.provision_state !== state || node.reservation !== null)
    throw new Error(
      `expected ${state} without a lock, got ${node.provision_state}, ${node.reservation}: ${node.last_error}`,
    );
}

export async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await work();
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  return result;
}

function report(run: Run, results: readonly DeployResult[]): void {
  if (run.out !== undefined)
    writeFileSync(
      run.out,
      `${JSON.stringify({ firmware: run.firmware, boot_interface: run.bootInterface, results }, null, 2)}\n`,
    );
}
