/** Management interface `ssh` (ferric's own, off unless enabled): boot device and NMI of a virtual machine. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { defineInterface } from "../base/define.ts";
import type { ManagementInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { noteBootDevice, notedBootDevice } from "../noted-boot-device.ts";
import { SSH_PROPERTIES } from "./connection.ts";
import { BOOT_NOTE, type VirtualHost, virtualHost } from "./host.ts";

class SshManagement implements ManagementInterface {
  readonly properties = SSH_PROPERTIES;
  readonly #host: VirtualHost;

  constructor(services: DriverServices) {
    this.#host = virtualHost(services);
  }

  async validate(task: Task): Promise<void> {
    this.#host.machineOf(task);
  }

  async supportedBootDevices(task: Task): Promise<readonly string[]> {
    return Object.keys(this.#host.machineOf(task).type.boot?.names ?? {});
  }

  /** What ferric has set: some hosts tell none. */
  async getBootDevice({ node }: Task): Promise<{ boot_device: string | null; persistent: boolean | null }> {
    const noted = notedBootDevice(node, BOOT_NOTE);
    return { boot_device: noted?.device ?? null, persistent: noted?.persistent ?? null };
  }

  /** Noted only: VirtualBox takes none while the machine runs, so all are handed over right before it starts. */
  async setBootDevice(task: Task, device: string, persistent: boolean): Promise<void> {
    const devices = await this.supportedBootDevices(task);
    if (!devices.includes(device))
      throw InvalidParameterValue({
        reason: `Boot device "${device}" is not supported; use one of: ${devices.join(", ") || "none, for this ssh_virt_type"}.`,
      });
    await noteBootDevice(task, BOOT_NOTE, { device, persistent });
  }

  async injectNmi(task: Task): Promise<void> {
    const { nmi } = this.#host.machineOf(task).type;
    if (nmi === undefined) throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "inject_nmi" });
    await task.ensureLock();
    await this.#host.run(task, nmi);
  }
}

export default defineInterface("management", "ssh", (services) => new SshManagement(services));
