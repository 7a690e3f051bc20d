/** Firmware by Redfish: components and their versions, and updates (contract/steps.json, firmware.redfish). */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import type { NewFirmwareComponent } from "../../common/objects/node-parts.ts";
import { defineInterface } from "../base/define.ts";
import type { FirmwareInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";
import { FirmwareUpdates, type UpdateOrder } from "./firmware-updates.ts";

class RedfishFirmware implements FirmwareInterface {
  readonly properties = REDFISH_PROPERTIES;
  readonly steps: readonly StepDef[];
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#access = redfishAccess(services);
    const updates = new FirmwareUpdates(services);
    this.steps = [
      {
        step: "update",
        flows: { clean: 0, deploy: 0, service: 0 },
        unbroken: true,
        requiresRamdisk: false,
        argsinfo: {
          settings: {
            description:
              "Updates in order: objects with component (bios, bmc or nic:NAME), url and, if need be, wait (seconds).",
            required: true,
          },
        },
        run: (task, args) => updates.start(task, ordersOf(args.settings)),
        poll: async (task) => {
          const outcome = await updates.poll(task);
          if (outcome === "done") await this.cacheComponents(task);
          return outcome;
        },
      },
    ];
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  /** What the API shows of the machine's firmware. */
  async cacheComponents(task: Task): Promise<void> {
    const found = await this.#access.system(task, "reading the firmware's versions", componentsOf);
    await this.#services.kept.keepFirmware(task.node.uuid, found);
  }
}

/** BIOS, BMC and network adapters, as far as the BMC tells their versions. @throws RedfishError */
async function componentsOf(system: System): Promise<readonly NewFirmwareComponent[]> {
  const { resource } = system;
  const made = { vendor: resource.text("Manufacturer"), model: resource.text("Model") };
  const bios = resource.text("BiosVersion");
  const [manager] = await system.managers();
  const bmc = manager?.text("FirmwareVersion") ?? null;
  return [
    ...(bios === null ? [] : [component("bios", bios, made)]),
    ...(bmc === null ? [] : [component("bmc", bmc, { ...made, model: manager?.text("Model") ?? made.model })]),
    ...(await adapters(system)),
  ];
}

async function adapters(system: System): Promise<readonly NewFirmwareComponent[]> {
  const found: NewFirmwareComponent[] = [];
  for (const chassis of await system.chassis())
    for (const adapter of await adaptersOf(chassis)) {
      const version = adapter.objects("Controllers").map((one) => one.text("FirmwarePackageVersion"))[0] ?? null;
      const id = adapter.text("Id");
      const made = {
        vendor: adapter.text("Manufacturer"),
        model: adapter.text("Model"),
        serial_number: adapter.text("SerialNumber"),
      };
      if (version !== null && id !== null) found.push(component(`nic:${id}`, version, made));
    }
  return found;
}

async function adaptersOf(chassis: Resource): Promise<readonly Resource[]> {
  try {
    return await chassis.members("NetworkAdapters");
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported")) return [];
    throw error;
  }
}

function component(
  name: string,
  version: string,
  more: Pick<NewFirmwareComponent, "vendor" | "model" | "serial_number">,
): NewFirmwareComponent {
  return { component: name, initial_version: version, current_version: version, ...more };
}

/** @throws InvalidParameterValue */
function ordersOf(given: Json | undefined): readonly UpdateOrder[] {
  if (!Array.isArray(given) || given.length === 0) throw wrong(given);
  return given.map((item) => {
    if (!isJsonObject(item)) throw wrong(item);
    const { component: name, url, wait = null } = item;
    if (typeof name !== "string" || !/^(bios|bmc|nic:.+)$/.test(name)) throw wrong(item);
    if (typeof url !== "string" || !/^https?:\/\//.test(url) || !URL.canParse(url)) throw wrong(item);
    if (wait !== null && !(Number(wait) >= 0)) throw wrong(item);
    return { component: name, url, wait: wait === null ? null : Number(wait) };
  });
}

function wrong(value: Json | undefined) {
  return InvalidParameterValue({
    reason: `settings is or has ${JSON.stringify(value)?.slice(0, 200)}; expected a list of objects with component (bios, bmc or nic:NAME) and an http or https url.`,
  });
}

export default defineInterface("firmware", "redfish", (services) => new RedfishFirmware(services));
