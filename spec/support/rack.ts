/**
 * A machine in a rack that is only processes: fake power recorded by ferric, and the real agent over disks that are
 * files. The machine follows the node's power state as a real one follows its BMC: on in a wait state, the ramdisk runs.
 */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pause } from "./ferric-process.ts";
import type { IronicApi, NodeView } from "./ironic-api.ts";
import { type SimulatedAgent, startSimulatedAgent } from "./simulated-agent.ts";

const GIB = 1024 ** 3;
const RAMDISK_STATES = ["wait call-back", "clean wait", "inspect wait", "rescue wait", "service wait"];

export interface MachineOptions {
  readonly api: IronicApi;
  readonly url: string;
  readonly folder: string;
  readonly diskSize?: number;
  /** MiB; images that must be held in memory are judged by it. */
  readonly memory?: number;
  /** False: the machine does not start its ramdisk until `repair`. */
  readonly boots?: boolean;
  /** More kernel parameters of its ramdisk. */
  readonly kernelParams?: Readonly<Record<string, string>>;
  /** Called when the machine has gone off by itself. */
  readonly wentOff?: () => void;
  /** More values for the node. */
  readonly node?: Readonly<Record<string, unknown>>;
}

export class Machine implements AsyncDisposable {
  readonly uuid: string;
  readonly folder: string;
  readonly #options: MachineOptions;
  readonly #mac: string;
  readonly #following: Promise<void>;
  #agent: SimulatedAgent | null = null;
  #boots: boolean;
  #stopped = false;

  private constructor(options: MachineOptions, uuid: string, mac: string) {
    this.#options = options;
    this.uuid = uuid;
    this.folder = options.folder;
    this.#mac = mac;
    this.#boots = options.boots ?? true;
    this.#following = this.#follow();
  }

  /** Creates node and port, and brings the node to available without cleaning. */
  static async enrol(options: MachineOptions): Promise<Machine> {
    const machine = await Machine.create(options);
    await machine.provide();
    return machine;
  }

  /** Creates node and port; the node is in enroll. */
  static async create(options: MachineOptions): Promise<Machine> {
    const mac = `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;
    const values = {
      driver: "fake-hardware",
      deploy_interface: "direct",
      automated_clean: false,
      properties: { capabilities: "boot_mode:bios" },
      ...options.node,
    };
    const { uuid } = (await options.api.must("POST", "/v1/nodes", values)) as { uuid: string };
    await options.api.must("POST", "/v1/ports", { node_uuid: uuid, address: mac });
    return new Machine(options, uuid, mac);
  }

  async provide(): Promise<void> {
    const { api } = this.#options;
    for (const [verb, state] of [
      ["manage", "manageable"],
      ["provide", "available"],
    ] as const) {
      await api.provision(this.uuid, verb);
      await api.until(this.uuid, [state]);
    }
  }

  /** From one moment to the next, and it does not start again until `repair`. */
  async die(): Promise<void> {
    this.#boots = false;
    await this.#agent?.kill();
  }

  repair(): void {
    this.#boots = true;
  }

  diskPath(name: "sda" | "sdb"): string {
    return join(this.folder, "machine", `${name}.img`);
  }

  /** Whether the disk begins with this image; its boot sector may have got a config drive's partition entry. */
  holds(name: "sda" | "sdb", image: Buffer): boolean {
    const disk = Buffer.alloc(image.length);
    const file = openSync(this.diskPath(name), "r");
    readSync(file, disk);
    closeSync(file);
    return disk.subarray(512).equals(image.subarray(512));
  }

  /** The token of the last ramdisk; null when it never got one. */
  token(): Promise<string | null> {
    return readFile(join(this.folder, "machine/state/token"), "utf8").then(
      (text) => text.trim(),
      () => null,
    );
  }

  get agent(): SimulatedAgent | null {
    return this.#agent;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      const node = await this.#options.api.node(this.uuid).catch(() => null);
      if (node !== null) await this.#obey(node);
      await pause(100);
    }
  }

  async #obey(node: NodeView): Promise<void> {
    if (node.power_state !== "power on" && this.#agent !== null) {
      await this.#agent.kill();
      this.#agent = null;
    }
    if (
      this.#boots &&
      this.#agent === null &&
      node.power_state === "power on" &&
      RAMDISK_STATES.includes(node.provision_state)
    ) {
      const agent = await this.#startRamdisk();
      this.#agent = agent;
      void agent.exited.then((code) => {
        if (this.#agent === agent) this.#agent = null;
        if (code === 0) this.#options.wentOff?.();
      });
    }
  }

  #startRamdisk(): Promise<SimulatedAgent> {
    const { url, folder, diskSize = 5 * GIB, memory } = this.#options;
    return startSimulatedAgent({
      apiUrl: url,
      macs: [this.#mac],
      folder: join(folder, "machine"),
      disks: [
        { name: "sda", serial: "disk-a", size: diskSize },
        { name: "sdb", serial: "disk-b", size: diskSize },
      ],
      bootMode: "bios",
      ...(memory === undefined ? {} : { memory }),
      kernelParams: {
        "ipa-ferric-events-url": `${url}/ferric/v1/agent/${this.uuid}/events`,
        ...this.#options.kernelParams,
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#following;
    await this.#agent?.kill();
  }
}
