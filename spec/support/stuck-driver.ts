/**
 * A plug-in driver that hangs where the node's `driver_info` says: `stuck_in` names the interface, `stuck_on` what it
 * hangs on. A socket and a child process listen to the task's signal, as they must; "nothing" ignores it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { INTERFACE_TYPES, type InterfaceType } from "../../common/objects/node.ts";
import type { StepInterface } from "../../common/steps.ts";
import { defineInterface } from "../../drivers/base/define.ts";
import type { DeployInterface, StorageInterface } from "../../drivers/base/interfaces.ts";
import type { StepDef } from "../../drivers/base/steps.ts";
import type { Task } from "../../drivers/base/task.ts";
import { UnmovedNetwork } from "../../drivers/network/unmoved.ts";

export const STUCK_PLUGIN = import.meta.filename;
export const STUCK_ON = ["socket", "child process", "nothing"] as const;
export type StuckOn = (typeof STUCK_ON)[number];

/** Process ids of the children by node, and who waits for a node to hang. */
export const children = new Map<string, number>();
const reached = new Map<string, () => void>();

/** Resolves once the node's work hangs. */
export function whenStuck(node: string): Promise<void> {
  return new Promise((resolve) => reached.set(node, resolve));
}

async function passOrHang(task: Task, kind: InterfaceType): Promise<void> {
  const { stuck_in, stuck_on, stuck_port } = task.node.driver_info;
  if (stuck_in !== kind) return;
  const tell = () => reached.get(task.node.uuid)?.();
  if (stuck_on === "socket") return hangOnSocket(task, Number(stuck_port), tell);
  if (stuck_on === "child process") return hangOnChild(task, tell);
  tell();
  await new Promise(() => {});
}

async function hangOnSocket(task: Task, port: number, tell: () => void): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  task.signal.addEventListener("abort", () => socket.destroy(new Error("aborted")));
  await once(socket, "connect");
  tell();
  await once(socket, "data");
}

async function hangOnChild(task: Task, tell: () => void): Promise<void> {
  const child = spawn("sleep", ["600"], { signal: task.signal, stdio: "ignore" });
  await once(child, "spawn");
  children.set(task.node.uuid, child.pid ?? 0);
  tell();
  await once(child, "exit");
}

function stuckStep(kind: StepInterface): StepDef {
  return {
    step: "stuck",
    flows: { clean: 0, service: 0 },
    requiresRamdisk: false,
    async run(task) {
      await passOrHang(task, kind);
      return "done";
    },
  };
}

const bare = (kind: StepInterface) => ({ properties: {}, validate: async () => {}, steps: [stuckStep(kind)] });

const deploy: DeployInterface = {
  ...bare("deploy"),
  async prepare(task) {
    await passOrHang(task, "deploy");
    await task.driver.network.addProvisioningNetwork(task);
    await task.driver.storage.validate(task);
    await task.driver.boot.prepareRamdisk(task, {}, "deploy");
  },
  tearDown: async () => "done",
  cleanUp: async () => {},
  takeOver: async () => {},
  prepareCleaning: async () => "done",
  tearDownCleaning: async () => {},
};

const network = () =>
  Object.assign(new UnmovedNetwork(), {
    steps: [stuckStep("network")],
    addProvisioningNetwork: (task: Task) => passOrHang(task, "network"),
  });

const storage: StorageInterface = { properties: {}, validate: (task) => passOrHang(task, "storage") };

export default {
  interfaces: [
    defineInterface("bios", "stuck", () => bare("bios")),
    defineInterface("firmware", "stuck", () => bare("firmware")),
    defineInterface("raid", "stuck", () => ({ ...bare("raid"), logicalDiskProperties: () => ({}) })),
    defineInterface("deploy", "stuck", () => deploy),
    defineInterface("network", "stuck", network),
    defineInterface("storage", "stuck", () => storage),
    defineInterface("boot", "stuck", () => ({
      ...bare("boot"),
      capabilities: [],
      prepareRamdisk: (task) => passOrHang(task, "boot"),
      cleanUpRamdisk: async () => {},
      prepareInstance: async () => {},
      cleanUpInstance: async () => {},
    })),
    defineInterface("power", "stuck", () => ({
      ...bare("power"),
      supportedStates: ["power on", "power off"],
      getPowerState: async () => "power off",
      setPowerState: (task) => passOrHang(task, "power"),
    })),
    defineInterface("management", "stuck", () => ({
      ...bare("management"),
      supportedBootDevices: async () => ["pxe", "disk"],
      getBootDevice: async () => ({ boot_device: null, persistent: null }),
      setBootDevice: (task) => passOrHang(task, "management"),
    })),
    defineInterface("inspect", "stuck", () => ({
      ...bare("inspect"),
      async inspectHardware(task) {
        await passOrHang(task, "inspect");
        return "done";
      },
    })),
    defineInterface("rescue", "stuck", () => ({
      properties: {},
      validate: async () => {},
      async rescue(task) {
        await passOrHang(task, "rescue");
        return "done";
      },
      unrescue: async () => {},
      cleanUp: async () => {},
    })),
    defineInterface("console", "stuck", () => ({
      properties: {},
      validate: async () => {},
      start: (task) => passOrHang(task, "console"),
      stop: async () => {},
      get: async () => ({}),
    })),
    defineInterface("vendor", "stuck", () => ({
      ...bare("vendor"),
      methods: {
        stuck: {
          verbs: ["POST"],
          async: true,
          exclusive: true,
          description: "hangs",
          async run(task: Task) {
            await passOrHang(task, "vendor");
            return null;
          },
        },
      },
    })),
  ],
  hardwareTypes: [
    {
      name: "fake-hardware",
      supports: Object.fromEntries(INTERFACE_TYPES.map((kind) => [kind, ["stuck"]])),
    },
  ],
};
