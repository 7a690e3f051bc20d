/** Fake management: one boot device, `pxe`; boot mode, secure boot and virtual media are not supported. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { defineInterface } from "../base/define.ts";
import type { Indicators, ManagementInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";

const DEVICES = ["pxe"];
/** They can be read only: so their model has it, whatever it says of the second. */
const INDICATORS: Indicators = {
  chassis: { "led-0": { readonly: true, states: ["off", "on"] } },
  system: { led: { readonly: false, states: ["blinking", "off", "on"] } },
};

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

  async supportedIndicators(): Promise<Indicators> {
    return INDICATORS;
  }

  async getIndicatorState(): Promise<string> {
    return "on";
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
