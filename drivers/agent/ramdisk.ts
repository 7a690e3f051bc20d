/**
 * Deploy interface `ramdisk`: the instance is a kernel and a ramdisk, or one bootable image, that the machine boots over
 * the network or from virtual media; the disk is left alone. Cleaning and servicing are the agent's.
 */
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { parseImageUrl } from "../../common/image-access.ts";
import { defineInterface } from "../base/define.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { ensureFreshStart, ensureOff } from "../power-to.ts";
import { instanceRamdisk } from "../pxe/ramdisk-images.ts";
import { textOf } from "../reading.ts";
import { CleanedByAgent } from "./cleaned-by-agent.ts";

const CAPABILITY = "ramdisk_boot";

export class RamdiskDeploy extends CleanedByAgent {
  async validate(task: Task): Promise<void> {
    const { boot } = task.driver;
    if (!boot.capabilities.includes(CAPABILITY))
      throw InvalidParameterValue({
        reason: `Node ${task.node.uuid}: boot interface ${task.node.boot_interface} cannot boot an instance from a ramdisk; use ipxe, pxe, http or http-ipxe.`,
      });
    await boot.validate(task);
    const iso = textOf(task.node.instance_info.boot_iso);
    if (iso === null) instanceRamdisk(task.node);
    else if (boot.bootsIso === true) parseImageUrl(iso, "instance_info boot_iso");
    else
      throw MissingParameterValue({
        reason: `Node ${task.node.uuid}: instance_info boot_iso needs virtual media, which boot interface ${task.node.boot_interface} does not have; give kernel and ramdisk instead.`,
      });
  }

  async prepare(task: Task): Promise<void> {
    await ensureOff(task);
  }

  protected async deploy(task: Task): Promise<StepOutcome> {
    await ensureOff(task);
    await task.ensureLock();
    await task.driver.network.configureTenantNetworks(task);
    await task.driver.boot.prepareInstance(task);
    await ensureFreshStart(task);
    return "done";
  }
}

export default defineInterface("deploy", "ramdisk", (services) => new RamdiskDeploy(services));
