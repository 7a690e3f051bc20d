/**
 * Inspection hooks: what the ramdisk's findings mean for the node and its ports. `check` runs for every hook before the
 * first `apply`, so that data which cannot be used changes nothing.
 */
import type { Config } from "../../common/config/config.ts";
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { MacAlreadyExists } from "../../common/errors/request.ts";
import { type JsonObject, writtenOf } from "../../common/json.ts";
import type { Logger } from "../../common/log.ts";
import type { Port } from "../../common/objects/port.ts";
import type { Task } from "../base/task.ts";
import { withCapabilities } from "../capabilities.ts";
import { textOf } from "../reading.ts";
import { DEVICE_HOOKS } from "./device-hooks.ts";
import { bootMac, cardsOf, type InspectionData, macOf, type NetworkCard, objectAt } from "./inspection-data.ts";
import { OPTIONAL_HOOKS } from "./optional-hooks.ts";

export interface HookWork {
  readonly task: Task;
  readonly data: InspectionData;
  readonly config: Config;
  readonly log: Logger;
  /** The inventory of the inspection before this one; null when there was none. */
  readonly before: JsonObject | null;
}

export interface InspectionHook {
  /** At start: whether it can work with this configuration. @throws Error naming option and remedy */
  start?(config: Config): void;
  check?(work: HookWork): void;
  apply?(work: HookWork): Promise<void>;
}

const ramdiskError: InspectionHook = {
  check({ data }) {
    const error = textOf(data.plugin.error);
    if (error !== null)
      throw HardwareInspectionFailure({
        reason: `the ramdisk reported: ${error.slice(0, 2000)}. Look at the machine's console, correct the cause and inspect again.`,
      });
  },
};

const validateInterfaces: InspectionHook = {
  check({ data, config, task }) {
    const cards = cardsOf(data);
    const valid = cards.filter((card) => isUsable(card, cards, config.inspector.add_ports));
    if (valid.length === 0)
      throw HardwareInspectionFailure({
        reason: `the ramdisk of node ${task.node.uuid} found no network card with a valid MAC address (${cards.length} in all); check its drivers.`,
      });
    data.plugin.all_interfaces = byName(cards);
    data.plugin.valid_interfaces = byName(valid);
    data.plugin.macs = valid.map((card) => writtenOf(card.mac_address));
  },
};

/** With add_ports pxe only the card that the machine booted from counts, provided that it is known. */
function isUsable(card: NetworkCard, all: readonly NetworkCard[], addPorts: string): boolean {
  if (macOf(card) === null || card.name === "lo") return false;
  if (addPorts === "pxe") return card.pxe_enabled || !all.some((other) => other.pxe_enabled);
  if (addPorts === "active") return textOf(card.ipv4_address) !== null || textOf(card.ipv6_address) !== null;
  return true;
}

function byName(cards: readonly NetworkCard[]): JsonObject {
  return Object.fromEntries(cards.map((card) => [card.name, card]));
}

const ports: InspectionHook = {
  async apply({ task, data, config, log }) {
    const cards = cardsOf(data);
    const known = await keptPorts(task, cards, config.inspector, log);
    const booted = bootMac(data);
    // Nobody knows which card boots: nothing is said about any, instead of taking all of them out of network boot.
    const pxeOf = (mac: string) => (booted === null ? null : mac === booted);
    if (config.inspector.add_ports !== "disabled")
      for (const card of cards.filter((one) => isUsable(one, cards, config.inspector.add_ports))) {
        const mac = macOf(card);
        if (mac === null || known.some((port) => port.address === mac)) continue;
        await addPort(task, mac, pxeOf(mac), log);
      }
    if (!config.inspector.update_pxe_enabled) return;
    for (const port of known) {
      const pxe = pxeOf(port.address);
      if (pxe !== null && pxe !== port.pxe_enabled) await task.updatePort(port.uuid, { pxe_enabled: pxe });
    }
  },
};

/** Those that stay, after the others were removed. A port with somebody's network on it always stays. */
async function keptPorts(
  task: Task,
  cards: readonly NetworkCard[],
  { keep_ports, add_ports }: Config["inspector"],
  log: Logger,
): Promise<readonly Port[]> {
  const ports = await task.ports();
  if (keep_ports === "all") return ports;
  const counted = keep_ports === "present" ? cards : cards.filter((card) => isUsable(card, cards, add_ports));
  const addresses = new Set(counted.map(macOf));
  const stays = ({ address, internal_info }: Port) =>
    addresses.has(address) || internal_info.tenant_vif_port_id != null;
  for (const { uuid, address } of ports.filter((port) => !stays(port))) {
    await task.removePort(uuid);
    log.info({ node: task.node.uuid, port: uuid, address, keep_ports }, "a port that was not found was removed");
  }
  return ports.filter(stays);
}

async function addPort(task: Task, address: string, pxe: boolean | null, log: Logger): Promise<void> {
  try {
    await task.createPort({ address, ...(pxe === null ? {} : { pxe_enabled: pxe }) });
  } catch (error) {
    if (!MacAlreadyExists.matches(error)) throw error;
    log.warn({ node: task.node.uuid, address }, "the port is already there, perhaps under another node");
  }
}

const architecture: InspectionHook = {
  check({ data, task }) {
    if (textOf(objectAt(data.inventory, "cpu").architecture) === null)
      throw HardwareInspectionFailure({
        reason: `the inventory of node ${task.node.uuid} names no CPU architecture (inventory cpu.architecture); use a ramdisk that tells it.`,
      });
  },
  apply: (work) => setProperties(work, { cpu_arch: writtenOf(objectAt(work.data.inventory, "cpu").architecture) }),
};

const memory: InspectionHook = {
  async apply(work) {
    const size = objectAt(work.data.inventory, "memory").physical_mb;
    if (typeof size === "number" && size > 0) await setProperties(work, { memory_mb: Math.floor(size) });
  },
};

const cpus: InspectionHook = {
  async apply(work) {
    const count = objectAt(work.data.inventory, "cpu").count;
    if (typeof count === "number" && count > 0) await setProperties(work, { cpus: count });
  },
};

const bootMode: InspectionHook = {
  async apply(work) {
    const mode = textOf(objectAt(work.data.inventory, "boot").current_boot_mode);
    if (mode !== "bios" && mode !== "uefi") return;
    const capabilities = withCapabilities(work.task.node.properties.capabilities, new Map([["boot_mode", mode]]));
    await setProperties(work, { capabilities });
  },
};

async function setProperties({ task }: HookWork, properties: JsonObject): Promise<void> {
  await task.save({ properties: { ...task.node.properties, ...properties } });
}

const HOOKS: ReadonlyMap<string, InspectionHook> = new Map(
  Object.entries({
    "ramdisk-error": ramdiskError,
    "validate-interfaces": validateInterfaces,
    ports,
    architecture,
    memory,
    cpus,
    "boot-mode": bootMode,
    ...DEVICE_HOOKS,
    ...OPTIONAL_HOOKS,
  }),
);

/** The hooks that the configuration names, in its order. @throws Error naming one that does not exist, or cannot work */
export function configuredHooks(config: Config): readonly InspectionHook[] {
  const { inspector } = config;
  const preset = inspector.default_hooks;
  const wanted = (inspector.hooks ?? "$default_hooks").split(",").map((name) => name.trim());
  const names = wanted.flatMap((name) => (name === "$default_hooks" ? preset : [name])).filter((name) => name !== "");
  return names.map((name) => {
    const hook = HOOKS.get(name);
    if (hook === undefined)
      throw new Error(
        `[inspector]hooks names "${name}", which is no inspection hook; use ${[...HOOKS.keys()].join(", ")}`,
      );
    hook.start?.(config);
    return hook;
  });
}
