/** No management: for machines whose boot order others look after. It accepts everything and reports nothing. */
import { defineInterface } from "../base/define.ts";
import type { ManagementInterface } from "../base/interfaces.ts";
import type { Task } from "../base/task.ts";

export class NoopManagement implements ManagementInterface {
  readonly properties: Readonly<Record<string, string>> = {};

  async validate(_task: Task): Promise<void> {}

  async supportedBootDevices(): Promise<readonly string[]> {
    return ["pxe", "disk", "cdrom", "bios", "safe"];
  }

  async getBootDevice(): Promise<{ boot_device: null; persistent: null }> {
    return { boot_device: null, persistent: null };
  }

  async setBootDevice(): Promise<void> {}
}

export default defineInterface("management", "noop", () => new NoopManagement());
