/** Management by Redfish: boot device and mode, secure boot, lights, clock, NMI, sensors, virtual media, firmware. */
import type { JsonObject } from "../../common/json.ts";
import type { MediaDevice } from "../../common/rpc/contract.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { BootMode } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { Indicators, ManagementInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import { BOOT_DEVICES, checkedTarget, deviceOf, supportedDevices } from "./boot-device.ts";
import { bootModeOfSystem, changeBootMode, changeSecureBoot, secureBootOf } from "./boot-mode.ts";
import { bootOverrideOf, setBootOverride } from "./client/boot-override.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { System } from "./client/system.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";
import { indicatorState, indicatorsOf, switchIndicator } from "./indicators.ts";
import { managementSteps } from "./management-steps.ts";
import { attachImage, detachImages, mediaFacts } from "./media.ts";
import { sensorsOf } from "./sensors.ts";

const HEALTHS = ["OK", "Warning", "Critical"] as const;

export class RedfishManagement implements ManagementInterface {
  readonly properties = REDFISH_PROPERTIES;
  readonly steps: readonly StepDef[];
  readonly #access: RedfishAccess;

  constructor(services: DriverServices, more: readonly StepDef[] = []) {
    this.#access = redfishAccess(services);
    this.steps = [...more, ...managementSteps(services)];
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  /** Those that the BMC names; without its word all of Redfish's. */
  supportedBootDevices(task: Task): Promise<readonly string[]> {
    return this.#system(task, "reading the boot devices", async (system) => {
      const supported = supportedDevices(system);
      return supported.length === 0 ? BOOT_DEVICES : supported;
    });
  }

  getBootDevice(task: Task): Promise<{ boot_device: string | null; persistent: boolean | null }> {
    return this.#system(task, "reading the boot device", async (system) => {
      const { target, enabled } = bootOverrideOf(system);
      if (enabled === "Disabled" || target === null) return { boot_device: null, persistent: null };
      return { boot_device: deviceOf(target), persistent: enabled === null ? null : enabled === "Continuous" };
    });
  }

  async setBootDevice(task: Task, device: string, persistent: boolean): Promise<void> {
    await this.#changing(task, `setting the boot device ${device}`, async (system) => {
      const target = checkedTarget(device, system);
      try {
        await setBootOverride(system, { target, enabled: persistent ? "Continuous" : "Once" });
      } catch (error) {
        // Some know "once" only: the machine then starts from its own order after that.
        if (!persistent || !isTrouble(error, "refused")) throw error;
        await setBootOverride(system, { target, enabled: "Once" });
      }
    });
  }

  async supportedBootModes(): Promise<readonly BootMode[]> {
    return ["bios", "uefi"];
  }

  getBootMode(task: Task): Promise<BootMode | null> {
    return this.#system(task, "reading the boot mode", bootModeOfSystem);
  }

  async setBootMode(task: Task, mode: BootMode): Promise<void> {
    await this.#changing(task, `setting the boot mode ${mode}`, (system) => changeBootMode(system, mode));
  }

  getSecureBoot(task: Task): Promise<boolean | null> {
    return this.#system(task, "reading secure boot", secureBootOf);
  }

  async setSecureBoot(task: Task, enabled: boolean): Promise<void> {
    const what = `switching secure boot ${enabled ? "on" : "off"}`;
    await this.#changing(task, what, (system) => changeSecureBoot(system, task.node.driver, enabled));
  }

  async injectNmi(task: Task): Promise<void> {
    await this.#changing(task, "injecting an NMI", async (system) => {
      await system.reset("Nmi");
    });
  }

  supportedIndicators(task: Task): Promise<Indicators> {
    return this.#system(task, "reading the indicators", indicatorsOf);
  }

  getIndicatorState(task: Task, component: string, indicator: string): Promise<string> {
    return this.#system(task, "reading an indicator", (system) => indicatorState(system, component, indicator));
  }

  async setIndicatorState(task: Task, component: string, indicator: string, state: string): Promise<void> {
    const what = `switching indicator ${indicator}`;
    await this.#changing(task, what, (system) => switchIndicator(system, component, indicator, state));
  }

  async attachVirtualMedia(task: Task, device: MediaDevice, url: string): Promise<void> {
    await this.#changing(task, `attaching virtual media (${device})`, (system) => attachImage(system, device, url));
  }

  async detachVirtualMedia(task: Task, devices: readonly MediaDevice[] | null): Promise<void> {
    await this.#changing(task, "detaching virtual media", (system) => detachImages(system, devices));
  }

  getVirtualMedia(task: Task): Promise<readonly JsonObject[]> {
    return this.#system(task, "reading virtual media", mediaFacts);
  }

  getHealth(task: Task): Promise<"OK" | "Warning" | "Critical" | null> {
    return this.#system(task, "reading the health", async ({ resource }) => {
      const status = resource.object("Status");
      const health = status.text("HealthRollup") ?? status.text("Health");
      return HEALTHS.find((one) => one === health) ?? null;
    });
  }

  readSensors(task: Task): Promise<readonly SensorReading[]> {
    return this.#system(task, "reading the sensors", sensorsOf);
  }

  #system<T>(task: Task, what: string, work: (system: System) => Promise<T>): Promise<T> {
    return this.#access.system(task, what, work);
  }

  async #changing(task: Task, what: string, work: (system: System) => Promise<void>): Promise<void> {
    await this.#access.system(task, what, async (system) => {
      await task.ensureLock();
      await work(system);
    });
  }
}

export default defineInterface("management", "redfish", (services) => new RedfishManagement(services));
