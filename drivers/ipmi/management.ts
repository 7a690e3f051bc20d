/** Management over IPMI: boot device and boot mode by the boot flags, NMI by chassis control. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { BootMode } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { ManagementInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { bootModeOf } from "../boot-mode.ts";
import type { IpmiAccess } from "./access.ts";
import { applyBootFlags, noteBootDevice } from "./boot-device.ts";
import { BOOT_DEVICES, type BootFlags, parseFlags, READ_FLAGS } from "./boot-flags.ts";
import { PROPERTIES } from "./connection.ts";
import { ipmitoolAccess } from "./ipmitool-access.ts";

export class IpmiManagement implements ManagementInterface {
  readonly properties = PROPERTIES;
  readonly #services: DriverServices;
  readonly #access: IpmiAccess;

  readonly light?: true;

  constructor(services: DriverServices, access: IpmiAccess) {
    this.#services = services;
    this.#access = access;
    if (access.isLight) this.light = true;
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  async supportedBootDevices(): Promise<readonly string[]> {
    return BOOT_DEVICES;
  }

  async getBootDevice(task: Task): Promise<{ boot_device: string | null; persistent: boolean | null }> {
    const flags = await this.#read(task);
    return { boot_device: flags?.device ?? null, persistent: flags?.persistent ?? null };
  }

  async setBootDevice(task: Task, device: string, persistent: boolean): Promise<void> {
    if (!BOOT_DEVICES.includes(device))
      throw InvalidParameterValue({
        reason: `Boot device "${device}" is not supported; use one of: ${BOOT_DEVICES.join(", ")}.`,
      });
    const mode = bootModeOf(task.node, this.#services.config);
    await applyBootFlags(task, this.#access, this.#services.config, { device, persistent, mode });
    await noteBootDevice(task, device, persistent);
  }

  async supportedBootModes(): Promise<readonly BootMode[]> {
    return ["bios", "uefi"];
  }

  /** A BMC without valid boot flags says nothing about the firmware's mode. */
  async getBootMode(task: Task): Promise<BootMode | null> {
    const flags = await this.#read(task);
    return flags?.valid ? flags.mode : null;
  }

  /** Keeps the boot device that is set. */
  async setBootMode(task: Task, mode: BootMode): Promise<void> {
    const flags = await this.#read(task);
    const { device = null, persistent = true } = flags ?? {};
    await applyBootFlags(task, this.#access, this.#services.config, { device, persistent, mode });
  }

  async injectNmi(task: Task): Promise<void> {
    await task.ensureLock();
    await this.#access.command(task, "diag");
  }

  async readSensors(task: Task): Promise<readonly SensorReading[]> {
    return await this.#access.sensors(task);
  }

  async #read(task: Task): Promise<BootFlags | null> {
    return parseFlags(await this.#access.raw(task, READ_FLAGS));
  }
}

export default defineInterface(
  "management",
  "ipmitool",
  (services) => new IpmiManagement(services, ipmitoolAccess(services)),
);
