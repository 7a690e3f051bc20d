/** A machine whose UEFI firmware fetches its image itself, from a URL that its controller tells it. */
import { UnsupportedDriverExtension } from "../../../common/errors/driver.ts";
import type { DriverServices } from "../../base/services.ts";
import type { Task } from "../../base/task.ts";
import { type RedfishAccess, redfishAccess } from "../access.ts";
import { type BootOverride, setBootOverride } from "../client/boot-override.ts";
import type { MediaWay } from "./boot.ts";

export class HttpBoot implements MediaWay {
  readonly capabilities = ["ramdisk_boot"];
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.#access = redfishAccess(services);
  }

  async hasRemovable(): Promise<boolean> {
    return false;
  }

  async insertRemovable(task: Task): Promise<void> {
    throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "a second medium beside HTTP boot" });
  }

  async start(task: Task, url: string, { last }: { readonly last: boolean }): Promise<void> {
    await this.#override(task, {
      target: "UefiHttp",
      enabled: last ? "Continuous" : "Once",
      mode: "UEFI",
      httpBootUri: url,
    });
  }

  /** The controller still knows the URL. */
  async startAgain(task: Task): Promise<void> {
    await this.#override(task, { target: "UefiHttp", enabled: "Once", mode: "UEFI" });
  }

  /** The URL leads nowhere any more; which device comes next is said by who starts the machine next. */
  async putAway(): Promise<void> {}

  async #override(task: Task, wanted: BootOverride): Promise<void> {
    const action = "boot device uefihttp";
    await task.ensureLock();
    task.tell({ type: "action", action, status: "sent" });
    await this.#access.system(task, action, (system) => setBootOverride(system, wanted));
    task.tell({ type: "action", action, status: "done" });
  }
}
