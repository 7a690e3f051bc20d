/** Fake management: one boot device, `pxe`; boot mode and secure boot are not supported. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { defineInterface } from "../base/define.ts";
import type { ManagementInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";

const DEVICES = ["pxe"];

class FakeManagement implements ManagementInterface {
  readonly properties = {};
  readonly #script: FakeScript;

  constructor(services: DriverServices) {
    this.#script = new FakeScript(services, "management");
  }

  async validate(task: Task): Promise<void> {
    this.#script.check(task);
  }

  async supportedBootDevices(): Promise<readonly string[]> {
    return DEVICES;
  }

  async getBootDevice(task: Task): Promise<{ boot_device: string; persistent: boolean }> {
    await this.#script.run(task, "get_boot_device");
    return { boot_device: "pxe", persistent: false };
  }

  async setBootDevice(task: Task, device: string): Promise<void> {
    if (!DEVICES.includes(device))
      throw InvalidParameterValue({
        reason: `Boot device "${device}" is not supported; use one of: ${DEVICES.join(", ")}.`,
      });
    await this.#script.run(task, "set_boot_device");
  }
}

export default defineInterface("management", "fake", (services) => new FakeManagement(services));
