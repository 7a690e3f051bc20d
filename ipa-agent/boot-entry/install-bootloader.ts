/**
 * image.install_bootloader: for UEFI a boot entry for the loader the image brings. Nothing of the image is ever run;
 * a BIOS whole-disk image brings its boot sector with it.
 */
import type { Json, JsonObject } from "../../common/json.ts";
import type { Deployment } from "../commands/deployment.ts";
import type { CommandEnvironment } from "../commands/environment.ts";
import { withDiskRead } from "../disk/device-io.ts";
import { ESP_TYPE, partitionsOf, readGpt } from "../disk/gpt.ts";
import { readMbr } from "../disk/mbr.ts";
import { AgentError, reasonText } from "../errors.ts";
import type { BlockDevice } from "../hardware-managers/contract.ts";
import { flagOf, textOf } from "../wire.ts";
import { FatVolume } from "./fat-volume.ts";
import { findLoader } from "./find-loader.ts";

const MBR_ESP = 0xef;

export async function installBootloader(
  params: JsonObject,
  environment: CommandEnvironment,
  deployment: Deployment,
): Promise<Json> {
  const device = await deployment.rootDevice();
  const wanted = textOf(params, "target_boot_mode");
  // How the firmware really boots decides: boot entries of a machine in BIOS mode are out of reach and of no use.
  const mode = await environment.hardware.method("bootMode")();
  if (wanted !== null && wanted !== mode) {
    environment.journal.info(`boot mode ${wanted} is asked for but this machine has booted in ${mode} mode`);
  }
  if (mode !== "uefi") return `nothing to do on ${device.path}: a whole-disk image brings its BIOS boot sector with it`;
  const ignore = flagOf(params, "ignore_bootloader_failure") || environment.parameters.ignoreBootloaderFailure;
  try {
    return await makeEntry(device, environment);
  } catch (error) {
    if (ignore) return `the boot entry failed but is to be ignored: ${reasonText(error)}`;
    throw new AgentError("BootLoaderError", `boot entry for ${device.path}: ${reasonText(error)}`, { cause: error });
  }
}

async function makeEntry(device: BlockDevice, environment: CommandEnvironment): Promise<string> {
  const { partition, loader, label } = await withDiskRead(device, async (file) => {
    const esp = await findEsp(file, device);
    if (esp === null)
      throw new Error("the image has no EFI system partition; deploy in BIOS mode or use another image");
    const found = await findLoader(await FatVolume.open(file, esp.start));
    return { partition: esp.number, ...found };
  });
  const made = await environment.hardware.method("setBootEntry")({ device: device.path, partition, label, loader });
  const where = `${loader} on partition ${partition} of ${device.path}`;
  return made
    ? `boot entry ${label}: ${where}`
    : `no access to boot entries; the firmware will find ${where} by itself`;
}

async function findEsp(file: Parameters<typeof readGpt>[0], device: BlockDevice) {
  const gpt = await readGpt(file, device.sectorSize);
  if (gpt !== null) return partitionsOf(gpt).find((partition) => partition.type === ESP_TYPE) ?? null;
  const mbr = await readMbr(file, device.sectorSize);
  return mbr?.partitions.find((partition) => partition.type === MBR_ESP) ?? null;
}
