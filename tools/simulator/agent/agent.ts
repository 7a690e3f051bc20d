/**
 * The ramdisk of a virtual machine, from its boot to the end of its power: looks its node up, calls in, carries out the
 * commands that the conductor gives it. Speaks the real agent's protocol (contract agent-api.json).
 */
import { type AgentStep, type CommandName, KERNEL_PARAMS, STEP_COMMANDS } from "../../../common/agent-protocol.ts";
import { isJsonObject, type JsonObject } from "../../../common/json.ts";
import { MASK } from "../../../common/secrets.ts";
import { wait } from "../../../common/wait.ts";
import type { BootSource, Guest, Machine } from "../machine.ts";
import { type BootServices, bootParameters, type KernelParameters, NothingToBoot } from "./boot-parameters.ts";
import { type AgentAnswer, CommandBoard } from "./command-board.ts";
import { inventoryOf, ROOT_DISK } from "./inventory.ts";
import { ServiceCalls } from "./service-calls.ts";
import { writeImage } from "./write-image.ts";

export interface AgentSettings extends BootServices {
  /** From the boot program to the agent's first question. */
  readonly startMs: number;
  /** Between heartbeats; null: a random 0.3 to 0.6 of the service's timeout, as the real one. */
  readonly beatMs: number | null;
  /** Milliseconds that writing an image takes at least. */
  readonly writeMs: number;
  /** Milliseconds of any other piece of work. */
  readonly workMs: number;
  /** Until it gives up looking for its node. */
  readonly lookupMs: number;
}

export interface AgentDeps {
  readonly settings: AgentSettings;
  /** Where the conductor reaches this machine's agent. */
  readonly url: string;
  /** PEM that the conductor trusts; null: plain HTTP. */
  readonly certificate: string | null;
}

const LOOKUP_PAUSE_MS = 1000;
const LEAST_BEAT_MS = 5000;
const SHUTDOWN_MS = 200;
const TELL_EVERY_MS = 500;
const MANAGER = "SimulatedManager";
const VERSIONS = { [MANAGER]: "1" };
const erase = (step: string, priority: number): AgentStep => ({
  ...{ step, priority, interface: "deploy", reboot_requested: false, abortable: true },
});
const STEPS: Readonly<Record<string, readonly AgentStep[]>> = {
  clean: [erase("erase_devices", 0), erase("erase_devices_metadata", 10)],
  // Without it the service takes the agent for one of old times, and gives it another command.
  deploy: [{ step: "write_image", priority: 0, interface: "deploy", reboot_requested: false, argsinfo: {} }],
  service: [],
};
const PARTITIONS = {
  "root uuid": "5e7f0000-51b0-4000-a000-000000000001",
  "efi system partition uuid": "5E7F-51B0",
  "partition uuids": {},
};

export class VirtualAgent implements Guest {
  readonly #machine: Machine;
  readonly #deps: AgentDeps;
  readonly #off = new AbortController();
  readonly #board: CommandBoard;
  #wake = new AbortController();
  #parameters: KernelParameters = new Map();
  #token: string | null = null;
  #node = "";
  #beatMs = LEAST_BEAT_MS;
  #isRescue = false;

  constructor(machine: Machine, source: BootSource, deps: AgentDeps) {
    this.#machine = machine;
    this.#deps = deps;
    this.#board = new CommandBoard(
      (name, params) => this.#carryOut(name, params),
      () => this.#wake.abort(),
    );
    this.#live(source).catch((error: unknown) => {
      if (this.#off.signal.aborted) return;
      if (error instanceof NothingToBoot) machine.foundNothing(error.message);
      else machine.world.told(machine, `ramdisk ends: ${String(error)}`);
    });
  }

  stop(): void {
    this.#off.abort(new Error("the machine is off"));
    this.#wake.abort();
  }

  /** The ramdisk reacts to the power button. */
  pressed(): boolean {
    this.#shutDown();
    return true;
  }

  answer(method: string, path: string, query: URLSearchParams, body: string): Promise<AgentAnswer> {
    return this.#board.answer(method, path, query, body, this.#token);
  }

  async #live(source: BootSource): Promise<void> {
    const { settings } = this.#deps;
    const { signal } = this.#off;
    const parameters = await bootParameters(this.#machine, source, settings, signal);
    const api = parameters.get(KERNEL_PARAMS.apiUrl);
    if (api === undefined)
      return this.#machine.world.told(
        this.#machine,
        `starts from ${source.target} what knows no API: nothing is heard of it`,
      );
    this.#parameters = parameters;
    this.#token = parameters.get(KERNEL_PARAMS.token) ?? null;
    await wait(settings.startMs, signal);
    const calls = new ServiceCalls(api, signal);
    if (!(await this.#introduce(calls))) return;
    while (!signal.aborted && !this.#isRescue) await this.#beat(calls);
  }

  /** Inspection data where these are asked for, else lookup; false: nobody wants this machine. */
  async #introduce(calls: ServiceCalls): Promise<boolean> {
    const { signal } = this.#off;
    const { world } = this.#machine;
    const callback = this.#parameters.get(KERNEL_PARAMS.inspectionCallback);
    const end = world.now() + this.#deps.settings.lookupMs;
    let told = 0;
    while (!signal.aborted && world.now() < end) {
      const asked = callback === undefined ? calls.lookUp(this.#machine.identity.macs) : this.#inspect(calls, callback);
      const { status, body } = await asked.catch(() => ({ status: 0, body: {} as JsonObject }));
      if (status < 300 && status > 0 && this.#understand(body)) return true;
      if (status < 300 && status > 0 && callback !== undefined) return false;
      if (status !== told) world.told(this.#machine, refusalText(status));
      told = status;
      await wait(LOOKUP_PAUSE_MS, signal);
    }
    return false;
  }

  #inspect(calls: ServiceCalls, callback: string) {
    const inventory = inventoryOf(this.#machine);
    const [disk] = inventory.disks as JsonObject[];
    const configuration = { collectors: ["default"], managers: [{ name: MANAGER, version: "1" }] };
    const boot_interface = this.#machine.identity.macs[0];
    return calls.inspected(callback, {
      inventory,
      root_disk: disk ?? null,
      boot_interface,
      configuration,
      error: null,
    });
  }

  #understand(body: JsonObject): boolean {
    const { node, config } = body;
    if (!isJsonObject(node) || !isJsonObject(config) || typeof node.uuid !== "string") return false;
    const { agent_token: token, heartbeat_timeout: timeout } = config;
    if (typeof token === "string" && token !== MASK) this.#token = token;
    if (this.#token === null && config.agent_token_required === true) return false;
    this.#node = node.uuid;
    const share = 0.3 + 0.3 * this.#machine.world.random();
    const own = Math.max(LEAST_BEAT_MS, (typeof timeout === "number" ? timeout : 300) * 1000 * share);
    this.#beatMs = this.#deps.settings.beatMs ?? own;
    return true;
  }

  /** Once, and then a pause, which the end of a command cuts short. */
  async #beat(calls: ServiceCalls): Promise<void> {
    this.#wake = new AbortController();
    if (this.#off.signal.aborted) return;
    const { url, certificate } = this.#deps;
    const beaten = await calls.beat(this.#node, url, this.#token, certificate).catch(() => null);
    const ms = beaten !== null && beaten.status < 300 ? this.#beatMs : Math.min(this.#beatMs, LEAST_BEAT_MS);
    await wait(ms, this.#wake.signal);
  }

  async #carryOut(name: CommandName, params: JsonObject): Promise<JsonObject> {
    for (const flow of ["clean", "deploy", "service"] as const) {
      const words = STEP_COMMANDS[flow];
      if (name === words.get)
        return {
          [words.steps]: { [MANAGER]: [...(STEPS[flow] ?? [])] },
          hardware_manager_version: VERSIONS,
        } as JsonObject;
      if (name !== words.execute) continue;
      const step = isJsonObject(params.step) ? params.step : {};
      return { [words.result]: await this.#step(step), [words.step]: step };
    }
    switch (name) {
      case "standby.get_partition_uuids":
        return { result: PARTITIONS };
      case "poll.get_hardware_info":
        return { result: inventoryOf(this.#machine) };
      case "log.collect_system_logs":
        return { system_logs: "" };
      case "standby.prepare_image":
        return { result: await this.#write(isJsonObject(params.image_info) ? params.image_info : {}) };
      case "standby.power_off":
        this.#shutDown();
        return { result: "power_off: the machine goes off" };
      case "standby.run_image":
        setTimeout(() => this.#unlessOff(() => this.#machine.power("reset")), SHUTDOWN_MS);
        return { result: "run_image: the machine starts anew" };
      case "rescue.finalize_rescue":
        this.#isRescue = true;
        this.#wake.abort();
        return { result: "the rescue password is set" };
      case "image.install_bootloader":
        await this.#work();
        return { result: "install_bootloader: done" };
      default:
        return { result: null };
    }
  }

  async #step(step: JsonObject): Promise<string | null> {
    const args = isJsonObject(step.args) ? step.args : {};
    if (step.step === "write_image") return this.#write(isJsonObject(args.image_info) ? args.image_info : {});
    await this.#work();
    if (String(step.step).startsWith("erase_devices")) this.#machine.hasInstalledDisk = false;
    return null;
  }

  async #write(info: JsonObject): Promise<string> {
    const { signal } = this.#off;
    const events = this.#parameters.get(KERNEL_PARAMS.eventsUrl);
    const calls = new ServiceCalls("", signal);
    let told = Number.NEGATIVE_INFINITY;
    const progress = (done: number, total: number) => {
      if (events === undefined || (performance.now() - told < TELL_EVERY_MS && done < total)) return;
      told = performance.now();
      void calls.tell(events, this.#token, "write image", done, total);
    };
    await writeImage(info, { leastMs: this.#deps.settings.writeMs, signal, progress });
    this.#machine.hasInstalledDisk = true;
    return `Image ${String(info.id)} written to device ${ROOT_DISK}`;
  }

  /** Never ends when the machine does not live that long. */
  async #work(): Promise<void> {
    await wait(this.#deps.settings.workMs, this.#off.signal);
    if (this.#off.signal.aborted) await new Promise(() => {});
  }

  #shutDown(): void {
    setTimeout(() => this.#unlessOff(() => this.#machine.switchOff()), SHUTDOWN_MS);
  }

  #unlessOff(act: () => void): void {
    if (!this.#off.signal.aborted) act();
  }
}

function refusalText(status: number): string {
  if (status === 0) return "cannot reach the API, and tries again";
  const port = status === 404 ? ": is there a node that waits for it, with a port of one of its addresses?" : "";
  return `is not known to the API, which answers ${status}, and asks again${port}`;
}
