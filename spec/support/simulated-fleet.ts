/**
 * The whole service in this process with virtual servers behind it: nodes are made and asked through the public API, and
 * their controllers and ramdisks are those of the simulator.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { type Service, startService } from "../../tools/service.ts";
import { ImageServer } from "../../tools/simulator/image-server.ts";
import type { Machine } from "../../tools/simulator/machine.ts";
import { nodeValues } from "../../tools/simulator/nodes-file.ts";
import { Simulator, type SimulatorOptions } from "../../tools/simulator/simulator.ts";
import { IronicApi, type NodeView } from "./ironic-api.ts";
import { freePort } from "./loopback.ts";

const LOGIN = { username: "admin", password: "of-the-simulated-bmc" };
const IMAGE_BYTES = 1024 * 1024;
/** Programs of a distribution that a boot medium is made of; no virtual machine runs them. */
const LOADERS = ["shimx64.efi", "gcdx64.efi", "isolinux.bin", "ldlinux.c32"];
const WORK = { startMs: 50, workMs: 50, beatMs: 500, writeMs: 50, lookupMs: 60_000 };
const TIMING = { firmwareMs: 50, shutdownMs: 50 };
const STATE_SECONDS = 90;

export interface FleetOptions {
  readonly machines: number;
  readonly settings?: ConfigOverrides;
  readonly simulator?: Partial<SimulatorOptions>;
}

export class SimulatedFleet implements AsyncDisposable {
  readonly api: IronicApi;
  readonly simulator: Simulator;
  readonly images: ImageServer;
  readonly #service: Service;
  readonly #folder: string;
  readonly #told: Map<Machine, string[]>;

  private constructor(parts: {
    service: Service;
    simulator: Simulator;
    images: ImageServer;
    folder: string;
    told: Map<Machine, string[]>;
  }) {
    this.api = new IronicApi(parts.service.url);
    this.simulator = parts.simulator;
    this.images = parts.images;
    this.#service = parts.service;
    this.#folder = parts.folder;
    this.#told = parts.told;
  }

  static async start({ machines, settings = {}, simulator: more = {} }: FleetOptions): Promise<SimulatedFleet> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-fleet-"));
    for (const name of LOADERS) writeFileSync(join(folder, name), Buffer.alloc(4096, name));
    const port = await freePort();
    const service = await startService(configOf(folder, port, settings), { log: silent });
    const told = new Map<Machine, string[]>();
    const hear = (machine: Machine, what: string) => void told.set(machine, [...(told.get(machine) ?? []), what]);
    const simulator = await Simulator.start({
      machines,
      agents: { settings: { ...WORK, apiUrl: service.url, tftp: null }, isEncrypted: true },
      ...more,
      world: { logins: [LOGIN], timing: TIMING, told: hear, ...more.world },
    });
    const images = await ImageServer.start(IMAGE_BYTES);
    return new SimulatedFleet({ service, simulator, images, folder, told });
  }

  machine(index: number): Machine {
    const machine = this.simulator.machines[index];
    if (machine === undefined) throw new Error(`there is no virtual server ${index}`);
    return machine;
  }

  /** What the machine did, in the simulator's words. */
  told(index: number): readonly string[] {
    return this.#told.get(this.machine(index)) ?? [];
  }

  /** A node in enroll, with a port; its name is the machine's. */
  async node(
    index: number,
    values: Readonly<Record<string, unknown>> = {},
    info: Readonly<Record<string, unknown>> = {},
    driver: "redfish" | "ipmi" = "redfish",
  ): Promise<string> {
    const place = this.simulator.places[index];
    if (place === undefined) throw new Error(`there is no virtual server ${index}`);
    const { driver_info, ...base } = nodeValues(place, this.simulator.scheme, LOGIN, driver);
    const kernels = { deploy_kernel: `${this.images.url}/kernel`, deploy_ramdisk: `${this.images.url}/initramfs` };
    const made = await this.api.must("POST", "/v1/nodes", {
      ...base,
      ...{ automated_clean: false, instance_info: this.#image, ...values },
      driver_info: { ...(driver_info as object), ...kernels, ...info },
    });
    return String(made.uuid);
  }

  get #image() {
    return {
      image_source: `${this.images.url}/disk.raw`,
      image_os_hash_algo: "sha256",
      image_os_hash_value: this.images.sha256,
      image_disk_format: "raw",
    };
  }

  async addPort(node: string, index: number): Promise<void> {
    await this.api.must("POST", "/v1/ports", { node_uuid: node, address: this.machine(index).identity.macs[0] });
  }

  /** Asks for a verb and waits for where it leads. @throws Error when it ends elsewhere */
  async go(node: string, verb: string, state: string, more: object = {}): Promise<NodeView> {
    await this.api.provision(node, verb, more);
    return this.reaches(node, state);
  }

  async reaches(node: string, state: string): Promise<NodeView> {
    const ends = [state, ...FAILURES.filter((one) => one !== state)];
    const found = await this.api.until(node, ends, STATE_SECONDS);
    if (found.provision_state !== state) throw new Error(`${found.provision_state}: ${found.last_error}`);
    return found;
  }

  async power(node: string, target: string): Promise<void> {
    await this.api.must("PUT", `/v1/nodes/${node}/states/power`, { target });
    for (const limit = Date.now() + STATE_SECONDS * 1000; Date.now() < limit; ) {
      const { target_power_state, last_error, reservation } = await this.api.node(node);
      if (last_error !== null) throw new Error(last_error);
      if (target_power_state === null && reservation === null) return;
      await new Promise((waited) => setTimeout(waited, 50));
    }
    throw new Error(`${target} did not come about`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
    await this.simulator.stop();
    await this.images.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const FAILURES = [
  "enroll",
  "deploy failed",
  "clean failed",
  "inspect failed",
  "rescue failed",
  "unrescue failed",
].concat(["adopt failed", "error"]);

function configOf(folder: string, port: number, settings: ConfigOverrides) {
  return defaultConfig({
    ...settings,
    DEFAULT: {
      host: "fleet",
      state_path: join(folder, "state"),
      enabled_hardware_types: ["redfish", "ipmi"],
      enabled_boot_interfaces: ["redfish-virtual-media", "redfish-https", "pxe"],
      enabled_power_interfaces: ["redfish", "ipmi-native"],
      enabled_management_interfaces: ["redfish", "ipmi-native", "noop"],
      enabled_inspect_interfaces: ["redfish", "agent", "no-inspect"],
      enabled_rescue_interfaces: ["no-rescue", "agent"],
      ...settings.DEFAULT,
    },
    api: { host_ip: "127.0.0.1", port, ramdisk_heartbeat_timeout: 5, ...settings.api },
    agent: {
      allowed_callback_networks: ["127.0.0.0/8"],
      post_deploy_get_power_state_retry_interval: 1,
      ...settings.agent,
    },
    boot: { http_port: 0, loader_path: [folder], ...settings.boot },
    conductor: {
      ...{ sync_power_state_interval: 0, check_provision_state_interval: 1, graceful_shutdown_timeout: 1 },
      load_report_interval: 0,
      ...settings.conductor,
    },
    redfish: { connection_retry_interval: 1, ...settings.redfish },
  });
}
