/** Drives of a BMC for images: put in what is ours, and take out nothing else. */
import { MEDIA_FILES } from "../../../common/boot-media.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import type { DriverServices } from "../../base/services.ts";
import type { Task } from "../../base/task.ts";
import type { RedfishAccess } from "../access.ts";
import type { System } from "../client/system.ts";
import {
  drivesFor,
  ejectMedia,
  insertMedia,
  isInserted,
  type MediaType,
  virtualMediaOf,
} from "../client/virtual-media.ts";

/** In driver_internal_info: paths of drives that hold something of ours, or may; kept until they have been emptied. */
const DRIVES_KEY = "virtual_media_drives";
/** As the publisher makes them: what an insertion left that ended before its drive was written down. */
const OURS = new RegExp(
  `/boot/[A-Za-z0-9_-]{16,64}/(?:${Object.values(MEDIA_FILES).join("|").replaceAll(".", "\\.")})$`,
);

export const CD: readonly MediaType[] = ["CD", "DVD"];
export const REMOVABLE: readonly MediaType[] = ["USBStick", "Floppy"];

export class MediaDrives {
  readonly #access: RedfishAccess;
  readonly #services: Pick<DriverServices, "log">;

  constructor(access: RedfishAccess, services: Pick<DriverServices, "log">) {
    this.#access = access;
    this.#services = services;
  }

  /** Whether the BMC has a drive for one of the types. @throws RedfishFailure */
  has(task: Task, types: readonly MediaType[]): Promise<boolean> {
    const look = async (system: System) => drivesFor(await virtualMediaOf(system), types).length > 0;
    return this.#access.system(task, "look for virtual media drives", look);
  }

  /** Nothing to do when a drive holds it already. @throws RedfishFailure */
  async insert(task: Task, types: readonly MediaType[], image: string): Promise<void> {
    const action = `insert virtual media ${types[0]}`;
    await task.remember({ [DRIVES_KEY]: [...this.#noted(task)] });
    await task.ensureLock();
    task.tell({ type: "action", action, status: "sent" });
    const path = await this.#access.system(task, action, async (system) => {
      const drives = drivesFor(await virtualMediaOf(system), types);
      const there = drives.find((drive) => isInserted(drive) && drive.text("Image") === image);
      return (there ?? (await insertMedia(system, types, image))).path;
    });
    await task.remember({ [DRIVES_KEY]: [...new Set([...this.#noted(task), path])] });
    task.tell({ type: "action", action, status: "done", detail: { drive: path } });
  }

  /**
   * Empties the drives that hold something of ours. A BMC that does not do it now is no reason to fail, for what they
   * show is withdrawn; the next time tries it again.
   */
  async empty(task: Task): Promise<void> {
    if (task.node.driver_internal_info[DRIVES_KEY] === undefined) return;
    const noted = this.#noted(task);
    const action = "eject virtual media";
    await task.ensureLock();
    task.tell({ type: "action", action, status: "sent" });
    try {
      await this.#access.system(task, action, async (system) => {
        for (const drive of await virtualMediaOf(system))
          if (noted.includes(drive.path) || OURS.test(drive.text("Image") ?? "")) await ejectMedia(system, drive);
      });
    } catch (error) {
      task.signal.throwIfAborted();
      task.tell({ type: "action", action, status: "failed", detail: reasonOf(error) });
      this.#services.log.warn({ node: task.node.uuid, error: reasonOf(error) }, "virtual media are still inserted");
      return;
    }
    await task.remember({ [DRIVES_KEY]: undefined });
    task.tell({ type: "action", action, status: "done" });
  }

  #noted(task: Task): readonly string[] {
    const noted = task.node.driver_internal_info[DRIVES_KEY];
    return Array.isArray(noted) ? noted.map(String) : [];
  }
}
