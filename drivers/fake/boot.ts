/** Fake boot: publishes nothing. Like its model it cannot validate inspection or rescue. */
import { defineInterface } from "../base/define.ts";
import type { BootInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";

class FakeBoot implements BootInterface {
  readonly properties = {};
  readonly capabilities = ["ipxe_boot", "pxe_boot"];
  readonly #script: FakeScript;

  constructor(services: DriverServices) {
    this.#script = new FakeScript(services, "boot");
  }

  async validate(task: Task): Promise<void> {
    this.#script.check(task);
  }

  async prepareRamdisk(task: Task): Promise<void> {
    await this.#script.run(task, "prepare_ramdisk");
  }

  async cleanUpRamdisk(task: Task): Promise<void> {
    await this.#script.run(task, "clean_up_ramdisk");
  }

  async prepareInstance(task: Task): Promise<void> {
    await this.#script.run(task, "prepare_instance");
  }

  async cleanUpInstance(task: Task): Promise<void> {
    await this.#script.run(task, "clean_up_instance");
  }
}

export default defineInterface("boot", "fake", (services) => new FakeBoot(services));
