/**
 * A node with a machine behind it, for tests of drivers: power, boot device and networks are written down in the order
 * they are asked for; files that drivers publish are kept. Time moves by sleeping only.
 */
import { type ConfigOverrides, defaultConfig } from "../../../../../common/config/config.ts";
import { ImageDownloadFailed } from "../../../../../common/errors/driver.ts";
import type { EventBody } from "../../../../../common/events.ts";
import type { JsonObject } from "../../../../../common/json.ts";
import { silent } from "../../../../../common/log.ts";
import { INTERFACE_TYPES, type Node } from "../../../../../common/objects/node.ts";
import type { Port } from "../../../../../common/objects/port.ts";
import type { BootMode, PowerState } from "../../../../../common/states.ts";
import type { Driver } from "../../../../../drivers/base/interfaces.ts";
import type { DriverServices, PublishedFile } from "../../../../../drivers/base/services.ts";
import type { Task } from "../../../../../drivers/base/task.ts";

export const NODE_UUID = "7c5e9d2a-0000-4000-8000-00000000000a";
export const TOKEN = "s3cret-agent-token";

export interface Bench {
  readonly task: Task;
  readonly services: DriverServices;
  readonly driver: { -readonly [K in keyof Driver]: Driver[K] };
  /** Everything done to the machine, in order. */
  readonly done: string[];
  readonly events: EventBody[];
  readonly published: Map<string, Readonly<Record<string, PublishedFile>>>;
  readonly slept: number[];
  readonly controller: AbortController;
  readonly inventories: { inventory: JsonObject; plugin: JsonObject }[];
  /** Files that the image cache holds, by URL. */
  readonly images: Map<string, { path: string; size: number; sha256: string }>;
  ports: Port[];
  power: PowerState | null;
  /** Called before each sleep: the world goes on while somebody waits. */
  meanwhile: () => void;
  set(node: Partial<Node>): void;
}

interface BenchOptions {
  readonly config?: ConfigOverrides;
  readonly node?: Partial<Node>;
  readonly bootDevices?: readonly string[];
  readonly bootMode?: BootMode;
}

export const BASE = "http://192.0.2.1:8080/boot/TOKENTOKENTOKENTOKEN";

export function makeBench(options: BenchOptions = {}): Bench {
  const state = { node: { ...plainNode(), ...options.node }, elapsed: 0 };
  const bench: Bench = {
    done: [],
    events: [],
    published: new Map(),
    slept: [],
    controller: new AbortController(),
    inventories: [],
    images: new Map(),
    ports: [port("52:54:00:00:00:01")],
    power: "power off",
    meanwhile: () => {},
    set: (changes) => {
      state.node = { ...state.node, ...changes };
    },
    driver: {} as Driver,
    services: {} as DriverServices,
    task: {} as Task,
  };
  Object.assign(bench.driver, machine(bench, options));
  Object.assign(bench.services, services(bench, state, options.config));
  return Object.assign(bench, { task: makeTask(bench, state) });
}

function machine(bench: Bench, options: BenchOptions): Partial<Driver> {
  const note = (what: string) => {
    bench.done.push(what);
  };
  const nothing = { properties: {}, validate: async () => {} };
  const network = new Proxy(nothing, {
    get: (target, name) =>
      name in target ? target[name as keyof typeof nothing] : async () => note(`network ${String(name)}`),
  });
  const { bootMode } = options;
  return {
    power: {
      ...nothing,
      supportedStates: ["power on", "power off", "rebooting"],
      getPowerState: async () => bench.power,
      setPowerState: async (_, target) => {
        note(target);
        bench.power = target === "power off" ? "power off" : "power on";
      },
    },
    management: {
      ...nothing,
      supportedBootDevices: async () => options.bootDevices ?? ["pxe", "disk"],
      getBootDevice: async () => ({ boot_device: null, persistent: null }),
      setBootDevice: async (_, device, persistent) => note(`boot ${device}${persistent ? " for ever" : " once"}`),
      ...(bootMode === undefined
        ? {}
        : { getBootMode: async () => bootMode, setBootMode: async (_, mode) => note(mode) }),
    },
    boot: {
      ...nothing,
      capabilities: [],
      prepareRamdisk: async () => note("prepare ramdisk"),
      cleanUpRamdisk: async () => note("clean up ramdisk"),
      prepareInstance: async () => note("prepare instance"),
      cleanUpInstance: async () => note("clean up instance"),
    },
    network: network as unknown as Driver["network"],
  };
}

function services(bench: Bench, state: { elapsed: number }, overrides: ConfigOverrides = {}): DriverServices {
  const config = defaultConfig({ ...overrides, api: { host_ip: "192.0.2.1", ...overrides.api } });
  return {
    config,
    log: silent,
    boot: {
      async publish(_node, purpose, _kind, files) {
        bench.published.set(purpose, files(BASE));
        return BASE;
      },
      async withdraw(_node, purposes = [...bench.published.keys()]) {
        for (const purpose of purposes) bench.published.delete(purpose);
      },
    },
    images: {
      async fetch(url) {
        const file = bench.images.get(url);
        if (file === undefined) throw ImageDownloadFailed({ image: url, reason: "404" });
        return file;
      },
    },
    inspectionRules: async () => [],
    kept: { biosSettings: async () => [], keepBiosSettings: async () => {}, keepFirmware: async () => {} },
    async storeInventory(_node, inventory, plugin) {
      bench.inventories.push({ inventory, plugin });
    },
    async sleep(ms, signal) {
      signal.throwIfAborted();
      bench.meanwhile();
      bench.slept.push(ms);
      state.elapsed += ms;
    },
    now: () => state.elapsed,
  };
}

function makeTask(bench: Bench, state: { node: Node }): Task {
  const save: Task["save"] = async (changes) => {
    state.node = { ...state.node, ...changes };
  };
  return {
    get node() {
      return state.node;
    },
    driver: bench.driver,
    shared: false,
    purpose: "test",
    context: { request_id: "req-test" },
    signal: bench.controller.signal,
    ports: async () => bench.ports,
    async updatePort(uuid, changes) {
      bench.ports = bench.ports.map((one) => (one.uuid === uuid ? { ...one, ...changes } : one));
      return bench.ports.find((one) => one.uuid === uuid) ?? port("00:00:00:00:00:00");
    },
    async createPort(values) {
      const made = { ...port(values.address), ...values };
      bench.ports = [...bench.ports, made];
      return made;
    },
    async removePort(uuid) {
      bench.ports = bench.ports.filter((one) => one.uuid !== uuid);
    },
    save,
    async remember(changes) {
      const entries = Object.entries({ ...state.node.driver_internal_info, ...changes });
      const info = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as JsonObject;
      await save({ driver_internal_info: info });
    },
    ensureLock: async () => {},
    tell: (body) => bench.events.push(body),
  };
}

export function port(address: string, values: Partial<Port> = {}): Port {
  return {
    id: 1,
    uuid: crypto.randomUUID(),
    created_at: "2026-01-01T00:00:00.000000+00:00",
    updated_at: null,
    node_uuid: NODE_UUID,
    address,
    extra: {},
    internal_info: {},
    local_link_connection: {},
    pxe_enabled: true,
    portgroup_uuid: null,
    physical_network: null,
    is_smartnic: false,
    name: null,
    description: null,
    vendor: null,
    category: null,
    available_for_dynamic_portgroup: true,
    ...values,
  };
}

function plainNode(): Node {
  const interfaces = Object.fromEntries(INTERFACE_TYPES.map((type) => [`${type}_interface`, null]));
  const node = {
    ...interfaces,
    id: 1,
    uuid: NODE_UUID,
    name: "web-1",
    driver: "ipmi",
    network_data: {},
    driver_info: { ipmi_password: "bmc-secret" },
    instance_info: {},
    driver_internal_info: {},
    properties: {},
    extra: {},
    clean_step: {},
    deploy_step: {},
    service_step: {},
    traits: [],
    power_state: null,
    boot_mode: null,
    disable_power_off: false,
    provision_state: "deploying",
    boot_interface: "ipxe",
  };
  return node as unknown as Node;
}

/** driver_internal_info of a node whose agent has called in. */
export function agentAt(url: string, more: JsonObject = {}): { driver_internal_info: JsonObject } {
  return { driver_internal_info: { agent_url: url, agent_secret_token: TOKEN, ...more } };
}
