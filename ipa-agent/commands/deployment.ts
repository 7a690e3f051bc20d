/** Putting an instance on the disk as the commands ask for it: choose the disk, write, config drive; and what was written last. */
import type { PartitionUuids } from "../../common/agent-protocol.ts";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import { readBootcArguments } from "../bootc/arguments.ts";
import { installBootc } from "../bootc/install.ts";
import { CONFIG_DRIVE_SIZE, readConfigDrive, writeConfigDrive } from "../disk/config-drive.ts";
import { openForWriting } from "../disk/device-io.ts";
import { partitionUuids } from "../disk/partition-uuids.ts";
import { commandFailed, invalidParams } from "../errors.ts";
import type { BlockDevice, Disk } from "../hardware-managers/contract.ts";
import { readImageInfo } from "../image/image-info.ts";
import { writeImage } from "../image/write-image.ts";
import { chooseRootDisk, hintsOf, matchesHints } from "../root-device.ts";
import { listOf, objectOf, textOf } from "../wire.ts";
import type { CommandEnvironment } from "./environment.ts";

export class Deployment {
  readonly #environment: CommandEnvironment;
  #written: BlockDevice | null = null;
  #uuids: PartitionUuids = {};

  constructor(environment: CommandEnvironment) {
    this.#environment = environment;
  }

  get uuids(): PartitionUuids {
    return this.#uuids;
  }

  /** The disk the node's hints mean; the one written last has precedence over a second look. */
  async rootDevice(): Promise<BlockDevice> {
    return this.#written ?? (await this.#open(await this.#choose()));
  }

  /** Text for the result: image and device. `args`: image_info and perhaps configdrive. */
  async write(args: JsonObject): Promise<string> {
    const { parameters, trust, journal, progress, pause, hardware, config } = this.#environment;
    const info = args.image_info;
    if (!isJsonObject(info)) throw invalidParams("image_info is missing");
    const image = readImageInfo(info, config());
    const volume = await this.#configDrive(textOf(args, "configdrive"));
    const device = await this.#open(await this.#choose());
    const availableMemory = async () =>
      parameters.imageMemory === null
        ? await hardware.method("availableMemory")()
        : parameters.imageMemory * 1024 * 1024;
    this.#forget();
    await writeImage(image, config(), { device, parameters, trust, journal, progress, pause, availableMemory });
    await this.#finish(device, volume);
    return `image (${image.id}) written to device ${device.path} root_uuid=${this.#uuids["root uuid"] ?? "None"}`;
  }

  /** Text for the result: image and device. `args`: see readBootcArguments. */
  async installContainer(args: JsonObject): Promise<string> {
    const { parameters, progress, signal, node } = this.#environment;
    const wanted = readBootcArguments(args, node());
    const volume = await this.#configDrive(wanted.configDrive);
    const device = await this.#open(await this.#choose());
    // A disk in use is refused before the download.
    await (await openForWriting(device)).close();
    this.#forget();
    // Room for the drive and for the end of its partition on a full MiB.
    const keepsFree = volume === null ? 0 : 2 * CONFIG_DRIVE_SIZE;
    const around = { device, parameters, progress, ...(signal === undefined ? {} : { signal }) };
    await installBootc({ ...wanted, keepsFree }, around);
    await device.reread();
    await this.#finish(device, volume);
    return `Container image (${wanted.source}) written to device ${device.path}`;
  }

  /** Before the image: a config drive that cannot be used must not cost the disk's content. */
  async #configDrive(given: string | null): Promise<Buffer | null> {
    const { parameters, trust } = this.#environment;
    return given === null ? null : await readConfigDrive(given, { trust, stall: parameters.downloadTimeout * 1000 });
  }

  #forget(): void {
    this.#uuids = {};
    this.#written = null;
  }

  async #finish(device: BlockDevice, volume: Buffer | null): Promise<void> {
    const { progress } = this.#environment;
    if (volume !== null) {
      progress.stage("configdrive", `${volume.length} bytes go to ${device.path}`);
      await writeConfigDrive(device, volume);
    }
    this.#written = device;
    this.#uuids = await partitionUuids(device);
    await progress.settled();
  }

  async #choose(): Promise<Disk> {
    const { hardware, parameters, node } = this.#environment;
    const disks = await hardware.method("listDisks")();
    const skipped = listOf(objectOf(node(), "properties"), "skip_block_devices").filter(isJsonObject);
    const offered = disks.filter((disk) => !skipped.some((hints) => matchesHints(disk, hints)));
    return chooseRootDisk(offered, hintsOf(node(), parameters.rootDevice));
  }

  async #open(disk: Disk): Promise<BlockDevice> {
    const device = await this.#environment.hardware.method("openDisk")(disk);
    if (device.size <= 0) throw commandFailed(`${disk.name} has no size`);
    return device;
  }
}
