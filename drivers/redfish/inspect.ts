/** Inspection by Redfish: what the BMC knows of its machine, without starting it. */
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { MacAlreadyExists } from "../../common/errors/request.ts";
import type { Json } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { InspectInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { withCapabilities } from "../capabilities.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";
import { type Inventory, readInventory } from "./inventory.ts";

export class RedfishInspect implements InspectInterface {
  readonly properties = REDFISH_PROPERTIES;
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#access = redfishAccess(services);
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  async inspectHardware(task: Task): Promise<StepOutcome> {
    const found = await this.#access.system(task, "inspecting the machine", readInventory);
    await task.save({ properties: propertiesOf(task, found) });
    await this.#createPorts(task, found.macs);
    await this.#services.storeInventory(task.node.uuid, found.inventory, {});
    return "done";
  }

  /** Ports stay; those of the machine that are missing are added. */
  async #createPorts(task: Task, macs: readonly string[]): Promise<void> {
    const known = new Set((await task.ports()).map(({ address }) => address.toLowerCase()));
    for (const address of macs.filter((mac) => !known.has(mac)))
      try {
        await task.createPort({ address });
      } catch (error) {
        if (!MacAlreadyExists.matches(error)) throw error;
        this.#services.log.warn({ node: task.node.uuid, address }, "another node has a port with this address already");
      }
  }
}

/** @throws HardwareInspectionFailure when the BMC does not tell what a scheduler needs */
function propertiesOf(task: Task, found: Inventory): Readonly<Record<string, Json>> {
  const { properties } = task.node;
  const essential = { memory_mb: found.memoryMb, cpu_arch: found.architecture };
  const missing = Object.entries(essential).filter(([name, value]) => value === null && properties[name] === undefined);
  if (missing.length > 0)
    throw HardwareInspectionFailure({
      reason: `the BMC does not tell ${missing.map(([name]) => name).join(" and ")}; set properties/${missing[0]?.[0]} on the node, or use inspect_interface agent.`,
    });
  const all = { ...essential, cpus: found.cpus, local_gb: found.localGb };
  const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  const capabilities =
    found.bootMode === null
      ? {}
      : { capabilities: withCapabilities(properties.capabilities, new Map([["boot_mode", found.bootMode]])) };
  return { ...properties, ...known, ...capabilities } as Readonly<Record<string, Json>>;
}

export default defineInterface("inspect", "redfish", (services) => new RedfishInspect(services));
