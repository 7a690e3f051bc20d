/** A machine that starts from a CD of its controller. */
import type { DriverServices } from "../../base/services.ts";
import type { Task } from "../../base/task.ts";
import { setBootDevice } from "../../pxe/boot-device.ts";
import { redfishAccess } from "../access.ts";
import type { MediaWay } from "./boot.ts";
import { CD, MediaDrives, REMOVABLE } from "./drives.ts";

export class VirtualMedia implements MediaWay {
  readonly capabilities = ["iscsi_volume_boot", "ramdisk_boot", "ramdisk_boot_configdrive"];
  readonly #services: DriverServices;
  readonly #drives: MediaDrives;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#drives = new MediaDrives(redfishAccess(services), services);
  }

  hasRemovable(task: Task): Promise<boolean> {
    return this.#drives.has(task, REMOVABLE);
  }

  insertRemovable(task: Task, url: string): Promise<void> {
    return this.#drives.insert(task, REMOVABLE, url);
  }

  async start(task: Task, url: string, { last }: { readonly last: boolean }): Promise<void> {
    await this.#drives.insert(task, CD, url);
    await setBootDevice(task, "cdrom", { last }, this.#services);
  }

  async startAgain(task: Task): Promise<void> {
    await setBootDevice(task, "cdrom", { last: false }, this.#services);
  }

  putAway(task: Task): Promise<void> {
    return this.#drives.empty(task);
  }
}
