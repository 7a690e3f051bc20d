/** Inspect interface `agent`: the ramdisk looks at the machine and posts what it finds to continue_inspection. */
import { KERNEL_PARAMS } from "../../common/agent-protocol.ts";
import { LOOKUP_BMC_ADDRESSES } from "../../common/bmc-addresses.ts";
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { FerricError } from "../../common/errors/fault.ts";
import { wantsFastTrack } from "../../common/fast-track.ts";
import type { JsonObject } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { InspectInterface, RamdiskParams } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { applyRules } from "../inspection-rules/evaluate.ts";
import { canSwitchOff, ensureFreshStart, ensureOff } from "../power-to.ts";
import { setBootDevice } from "../pxe/boot-device.ts";
import { parseKernelParams } from "../pxe/kernel-params.ts";
import { apiUrl } from "./api-url.ts";
import { bmcAddressesOf } from "./bmc-addresses.ts";
import { forgetAgent } from "./forget-agent.ts";
import { configuredHooks, type InspectionHook } from "./inspection-hooks.ts";
import { ramdiskParams } from "./ramdisk-params.ts";

/** In driver_internal_info, as Ironic names it: whether we booted the ramdisk ourselves. */
const MANAGED = "inspector_manage_boot";

class AgentInspect implements InspectInterface {
  readonly properties = {};
  readonly #services: DriverServices;
  readonly #hooks: readonly InspectionHook[];

  constructor(services: DriverServices) {
    this.#services = services;
    this.#hooks = configuredHooks(services.config);
  }

  async validate(task: Task): Promise<void> {
    await this.#isManaged(task);
    this.#params(task);
  }

  async inspectHardware(task: Task): Promise<StepOutcome> {
    const managed = await this.#isManaged(task);
    await task.remember({ [MANAGED]: managed, [LOOKUP_BMC_ADDRESSES]: await this.#bmcAddresses(task) });
    if (managed) {
      await ensureOff(task);
      await task.ensureLock();
      await task.driver.network.addInspectionNetwork(task);
      await forgetAgent(task);
      await task.driver.boot.prepareRamdisk(task, this.#params(task), "deploy");
    } else {
      await forgetAgent(task);
      await setBootDevice(task, "pxe", { last: false }, this.#services);
    }
    await ensureFreshStart(task);
    return "wait";
  }

  /** By which the ramdisk's report finds the node also where no port of it is known yet. */
  async #bmcAddresses({ node }: Task): Promise<string[] | undefined> {
    const unknown = (key: string, host: string): void =>
      this.#services.log.warn(
        { node: node.uuid, host },
        `driver_info/${key} leads to no address: what the ramdisk reports is not found by it`,
      );
    const addresses = await bmcAddressesOf(node.driver_info, { unknown });
    return addresses.length === 0 ? undefined : [...addresses];
  }

  /** Somebody else's boot server may do it, where the configuration allows that. */
  async #isManaged(task: Task): Promise<boolean> {
    const { boot } = task.driver;
    const required = this.#services.config.inspector.require_managed_boot;
    if (boot.validateInspection === undefined) {
      if (!required) return false;
      throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "inspection with this boot interface" });
    }
    try {
      await boot.validateInspection(task);
      return true;
    } catch (error) {
      if (required || !(error instanceof FerricError)) throw error;
      return false;
    }
  }

  #params(task: Task): RamdiskParams {
    const { config } = this.#services;
    const { inspector } = config;
    const base = inspector.callback_endpoint_override?.replace(/\/+$/, "") ?? apiUrl(config);
    const extra = parseKernelParams(inspector.extra_kernel_params, "[inspector]extra_kernel_params");
    return {
      ...ramdiskParams(task, config),
      [KERNEL_PARAMS.inspectionCallback]: `${base.replace(/\/v1$/, "")}/v1/continue_inspection`,
      ...(inspector.force_dhcp ? { "ipa-inspection-dhcp-all-interfaces": "1" } : {}),
      ...Object.fromEntries(extra.map(({ name, value }) => [name, value ?? ""])),
    };
  }

  async continueInspection(
    task: Task,
    inventory: JsonObject,
    pluginData: JsonObject,
    before: JsonObject | null = null,
  ): Promise<void> {
    const { config, log } = this.#services;
    const data = { inventory, plugin: { ...pluginData } };
    const work = { task, data, config, log, before };
    for (const hook of this.#hooks) hook.check?.(work);
    for (const hook of this.#hooks) await hook.apply?.(work);
    const rules = await this.#services.inspectionRules();
    await applyRules(rules, { task, plugin: data.plugin, services: this.#services, log }, inventory);
    await this.#services.storeInventory(task.node.uuid, inventory, data.plugin);
    await this.#takeDown(task, wantsFastTrack(task.node, config.deploy.fast_track));
  }

  async abort(task: Task): Promise<void> {
    await this.#takeDown(task, false);
  }

  /** `stays`: the ramdisk runs on, for the flow that comes next. */
  async #takeDown(task: Task, stays: boolean): Promise<void> {
    await task.ensureLock();
    await task.remember({ [LOOKUP_BMC_ADDRESSES]: undefined });
    if (!stays && this.#services.config.inspector.power_off && canSwitchOff(task)) await ensureOff(task);
    if (task.node.driver_internal_info[MANAGED] !== true) return;
    await task.driver.boot.cleanUpRamdisk(task, "deploy");
    await task.driver.network.removeInspectionNetwork(task);
  }
}

export default defineInterface("inspect", "agent", (services) => new AgentInspect(services));
