/** Management interface `amt` (ferric's own, off unless enabled): the boot device of Intel AMT, which holds for one start. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { defineInterface } from "../base/define.ts";
import type { ManagementInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { noteBootDevice, notedBootDevice } from "../noted-boot-device.ts";
import { AMT_PROPERTIES } from "./connection.ts";
import { AMT_BOOT_DEVICES, type AmtEngine, amtEngine, BOOT_NOTE } from "./engine.ts";

class AmtManagement implements ManagementInterface {
  readonly properties = AMT_PROPERTIES;
  readonly #engine: AmtEngine;

  constructor(services: DriverServices) {
    this.#engine = amtEngine(services);
  }

  async validate(task: Task): Promise<void> {
    this.#engine.check(task);
  }

  async supportedBootDevices(): Promise<readonly string[]> {
    return AMT_BOOT_DEVICES;
  }

  /** What is noted: AMT itself does not tell. */
  async getBootDevice({ node }: Task): Promise<{ boot_device: string | null; persistent: boolean | null }> {
    const noted = notedBootDevice(node, BOOT_NOTE);
    return { boot_device: noted?.device ?? null, persistent: noted?.persistent ?? null };
  }

  /** Noted only: the power interface hands it over right before the machine starts. */
  async setBootDevice(task: Task, device: string, persistent: boolean): Promise<void> {
    if (!AMT_BOOT_DEVICES.includes(device))
      throw InvalidParameterValue({
        reason: `Boot device "${device}" is not supported; use one of: ${AMT_BOOT_DEVICES.join(", ")}.`,
      });
    await noteBootDevice(task, BOOT_NOTE, { device, persistent });
  }
}

export default defineInterface("management", "amt", (services) => new AmtManagement(services));
