/** A task and services for tests of driver interfaces: saves land on the node, events and sleeps are kept in lists. */
import { type Config, type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import type { EventBody } from "../../common/events.ts";
import type { JsonObject } from "../../common/json.ts";
import { silent } from "../../common/log.ts";
import { INTERFACE_TYPES, type Node, type NodeChanges } from "../../common/objects/node.ts";
import type { Port } from "../../common/objects/port.ts";
import type { Driver } from "../../drivers/base/interfaces.ts";
import type { DriverServices } from "../../drivers/base/services.ts";
import type { Task } from "../../drivers/base/task.ts";

export interface TestServices extends DriverServices {
  /** Seconds of each sleep, in order. */
  readonly slept: number[];
}

export interface TestTask extends Task {
  readonly events: EventBody[];
  readonly saved: NodeChanges[];
  readonly controller: AbortController;
  /** How often the lock was checked. */
  lockChecks: number;
}

/** Time moves by sleeping only, at once, unless `realTime`. */
export function testServices(overrides: ConfigOverrides = {}, options: { realTime?: boolean } = {}): TestServices {
  const slept: number[] = [];
  let elapsed = 0;
  const config: Config = defaultConfig(overrides);
  return {
    config,
    log: silent,
    slept,
    boot: {
      publish: () => Promise.reject(new Error("no boot files in this test")),
      withdraw: async () => {},
    },
    images: { fetch: () => Promise.reject(new Error("no images in this test")) },
    storeInventory: async () => {},
    inspectionRules: async () => [],
    kept: { biosSettings: async () => [], keepBiosSettings: async () => {}, keepFirmware: async () => {} },
    async sleep(ms, signal) {
      signal.throwIfAborted();
      slept.push(ms / 1000);
      elapsed += ms;
      if (options.realTime) await realSleep(ms, signal);
    },
    now: () => (options.realTime ? performance.now() : elapsed),
  };
}

function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export interface TaskOptions {
  readonly driver_info?: JsonObject;
  readonly node?: Partial<Node>;
  readonly ports?: readonly Port[];
  readonly shared?: boolean;
  readonly driver?: Partial<Driver>;
}

export function testTask(options: TaskOptions = {}): TestTask {
  let node = { ...emptyNode(), driver_info: options.driver_info ?? {}, ...options.node };
  const events: EventBody[] = [];
  const saved: NodeChanges[] = [];
  const controller = new AbortController();
  const save = async (changes: NodeChanges) => {
    saved.push(changes);
    node = { ...node, ...changes };
  };
  return {
    get node() {
      return node;
    },
    driver: { hardwareType: node.driver, ...options.driver } as Driver,
    shared: options.shared ?? false,
    purpose: "test",
    context: { request_id: "req-test" },
    signal: controller.signal,
    controller,
    events,
    saved,
    lockChecks: 0,
    ports: async () => options.ports ?? [],
    updatePort: () => Promise.reject(new Error("no ports in this test")),
    createPort: () => Promise.reject(new Error("no ports in this test")),
    removePort: () => Promise.reject(new Error("no ports in this test")),
    save,
    async remember(changes) {
      const info = { ...node.driver_internal_info, ...changes };
      const kept = Object.entries(info).filter(([, value]) => value !== undefined);
      await save({ driver_internal_info: Object.fromEntries(kept) as JsonObject });
    },
    async ensureLock() {
      this.lockChecks++;
    },
    tell: (body) => events.push(body),
  };
}

function emptyNode(): Node {
  const interfaces = Object.fromEntries(INTERFACE_TYPES.map((type) => [`${type}_interface`, null]));
  const node = {
    ...interfaces,
    id: 1,
    uuid: "7c5e9d2a-0000-4000-8000-000000000001",
    driver: "fake-hardware",
    driver_info: {},
    instance_info: {},
    driver_internal_info: {},
    properties: {},
    extra: {},
    power_state: null,
    boot_mode: null,
    provision_state: "enroll",
  };
  return node as unknown as Node;
}
