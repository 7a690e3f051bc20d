/**
 * A bench for deploys that go wrong: ferric as a process, an image server, machines that are processes, and a watch on
 * secrets. `fails` and `recovers` say what every fault must show: a clear last_error, no lock, and a retry that works.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { FerricEvent } from "../../common/events.ts";
import { follow } from "../system/lab/event-stream.ts";
import { FerricProcess, type FerricProcessOptions, pause } from "./ferric-process.ts";
import { ImageServer, type ServedImage } from "./image-server.ts";
import { IronicApi, type NodeView } from "./ironic-api.ts";
import { Machine, type MachineOptions } from "./rack.ts";
import type { ResultsTable } from "./results-table.ts";
import { SecretWatch } from "./secret-watch.ts";

const CANARY = "canary-of-the-config-drive";
const ENDS = ["active", "deploy failed"];

export interface Failure {
  readonly node: NodeView;
  readonly text: string;
  readonly seconds: number;
}

export class FaultBench implements AsyncDisposable {
  readonly folder: string;
  readonly ferric: FerricProcess;
  readonly images: ImageServer;
  readonly api: IronicApi;
  readonly events: FerricEvent[] = [];
  readonly secrets: SecretWatch;
  readonly #machines: Machine[] = [];
  /** When a machine's last deploy was asked for. */
  readonly #asked = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  private constructor(folder: string, ferric: FerricProcess, images: ImageServer) {
    this.folder = folder;
    this.ferric = ferric;
    this.images = images;
    this.api = new IronicApi(ferric.url);
    this.secrets = new SecretWatch(() => [ferric.pid, ...this.#machines.map(({ agent }) => agent?.pid ?? 0)]);
    this.secrets.plant("the config drive", CANARY);
    this.#following = follow(`${ferric.url}/ferric/v1/events`, this.events, this.#stop.signal);
  }

  static async start(settings: FerricProcessOptions["settings"] = {}): Promise<FaultBench> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-fault-"));
    const ferric = await FerricProcess.create({
      folder,
      settings: { ...settings, DEFAULT: { debug: true, ...settings.DEFAULT } },
    });
    await ferric.start();
    return new FaultBench(folder, ferric, await ImageServer.start());
  }

  /** A machine with its own folder; its node is in enroll. */
  async machine(options: Partial<MachineOptions> = {}): Promise<Machine> {
    const folder = join(this.folder, `machine-${this.#machines.length + 1}`);
    const machine = await Machine.create({ api: this.api, url: this.ferric.url, folder, ...options });
    this.#machines.push(machine);
    return machine;
  }

  async available(options: Partial<MachineOptions> = {}): Promise<Machine> {
    const machine = await this.machine(options);
    await machine.provide();
    return machine;
  }

  /** Asks for a deploy of `image` to disk-b, over `info`, with a config drive. */
  async deploy(machine: Machine, image: ServedImage, info: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const values = {
      image_source: image.url,
      image_os_hash_algo: "sha256",
      image_os_hash_value: image.sha256,
      image_disk_format: "raw",
      root_device: { serial: "disk-b" },
      ...info,
    };
    await this.api.patch(machine.uuid, { "/instance_info": values });
    const configdrive = { user_data: `#cloud-config\n# ${CANARY}\n`, meta_data: { secret: CANARY } };
    await this.ask(machine, "active", { configdrive });
  }

  /** A provision verb, from which the seconds until a failure are counted. */
  async ask(machine: Machine, verb: string, more: object = {}): Promise<void> {
    this.#asked.set(machine.uuid, performance.now());
    await this.api.provision(machine.uuid, verb, more);
  }

  /** Waits for the deploy to fail with a last_error that matches all of `says`. */
  async fails(machine: Machine, says: readonly RegExp[], state = "deploy failed"): Promise<Failure> {
    const node = await this.api.until(machine.uuid, [...ENDS, state], 90);
    const seconds = (performance.now() - (this.#asked.get(machine.uuid) ?? performance.now())) / 1000;
    const text = node.last_error ?? "";
    assert.equal(node.provision_state, state, text);
    for (const pattern of says) assert.match(text, pattern);
    await this.#checkSecrets(machine, node);
    return { node, text, seconds };
  }

  /** The cause is corrected: the next deploy succeeds. */
  async recovers(machine: Machine, image: ServedImage, info: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.deploy(machine, image, info);
    const node = await this.api.until(machine.uuid, ENDS, 90);
    assert.equal(node.provision_state, "active", node.last_error ?? "");
    assert.equal(node.last_error, null);
    assert.equal(node.power_state, "power on");
    assert.deepEqual(node.deploy_step, {});
    assert.ok(machine.holds("sdb", image.content), "the image is not on the disk");
    assert.ok(await machine.token(), "there was a token to look for");
    await this.#checkSecrets(machine, node);
  }

  /** The whole story of a fault: it fails, the cause is corrected, the next try succeeds; one line of the table. */
  async failsAndRecovers(
    name: string,
    table: ResultsTable,
    machine: Machine,
    says: readonly RegExp[],
    correct: (failure: Failure) => ServedImage | Promise<ServedImage>,
  ): Promise<void> {
    const failure = await this.fails(machine, says);
    await this.recovers(machine, await correct(failure));
    table.add(name, failure.text, failure.seconds, "active");
  }

  /** The machine's events since the service started. */
  story(machine: Machine): readonly FerricEvent[] {
    return this.events.filter(({ node }) => node === machine.uuid);
  }

  async #checkSecrets(machine: Machine, node: NodeView): Promise<void> {
    const token = await machine.token();
    if (token !== null) this.secrets.plant("an agent's token", token);
    const history = await this.api.must("GET", `/v1/nodes/${machine.uuid}/history?detail=true`);
    // The source is shown as its user gave it.
    const instance_info = { ...(node.instance_info as object), image_source: "" };
    this.secrets.check("the node", JSON.stringify({ ...node, instance_info }));
    this.secrets.check("the node's history", JSON.stringify(history));
    this.secrets.check("an event", JSON.stringify(this.story(machine)));
    this.secrets.check("ferric's log", readFileSync(join(this.folder, "ferric.log"), "utf8"));
    for (const [name, text] of this.#ramdiskLogs()) this.secrets.check(`the ramdisk's logs ${name}`, text);
    this.secrets.check("a process's arguments or environment", this.secrets.processes.join("\n"));
  }

  /** Names and contents of the logs that were fetched after failures. */
  #ramdiskLogs(): readonly (readonly [string, string])[] {
    const folder = join(this.folder, "state/logs/deploy");
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((name) => [name, gunzipSync(readFileSync(join(folder, name))).toString("latin1")]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
    this.secrets[Symbol.dispose]();
    for (const machine of this.#machines) await machine[Symbol.asyncDispose]();
    await this.ferric.stop("SIGKILL");
    await this.images[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Polls until `holds`; @throws Error after `seconds`, naming `what`. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  for (const limit = Date.now() + seconds * 1000; Date.now() < limit; await pause(50)) if (await holds()) return;
  throw new Error(`${what}: not so within ${seconds} s`);
}
