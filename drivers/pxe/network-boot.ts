/** Boot interfaces that start the ramdisk over the network: publish its files, point firmware and BMC at the network. */
import { BOOT_FILES } from "../../common/boot-files.ts";
import { MissingParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { BootInterface, InstallerBoot, RamdiskParams } from "../base/interfaces.ts";
import type { DriverServices, PublishedFile } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { wantedBootMode } from "../boot-mode.ts";
import { ensureFreshStart, ensureOff } from "../power-to.ts";
import { textOf } from "../reading.ts";
import { prepareBootMode, setBootDevice } from "./boot-device.ts";
import type { RamdiskBoot } from "./boot-files.ts";
import { asKernelParams, commandLine, type KernelParam, nodeParams, parseKernelParams } from "./kernel-params.ts";
import { NETWORK_BOOT_PROPERTIES } from "./properties.ts";
import { fetchRamdisk, instanceRamdisk, type RamdiskImages, ramdiskImages } from "./ramdisk-images.ts";

type Mode = "deploy" | "rescue";

export interface NetworkBootKind {
  readonly name: "ipxe" | "pxe" | "http-ipxe" | "http";
  readonly capabilities: readonly string[];
  /** The scripts or configurations of this kind, by file name. */
  scripts(boot: RamdiskBoot): Readonly<Record<string, string>>;
  /** In place of these, for a machine that is to start from its disk. */
  readonly toDisk: Readonly<Record<string, string>>;
}

export class NetworkBoot implements BootInterface {
  readonly properties = NETWORK_BOOT_PROPERTIES;
  readonly capabilities: readonly string[];
  readonly #kind: NetworkBootKind;
  readonly #services: DriverServices;

  constructor(kind: NetworkBootKind, services: DriverServices) {
    this.#kind = kind;
    this.#services = services;
    this.capabilities = kind.capabilities;
  }

  async validate(task: Task): Promise<void> {
    await this.#validate(task, "deploy");
  }

  async validateInspection(task: Task): Promise<void> {
    await this.#validate(task, "deploy");
  }

  async validateRescue(task: Task): Promise<void> {
    await this.#validate(task, "rescue");
  }

  async #validate(task: Task, mode: Mode): Promise<void> {
    const ports = await task.ports();
    if (!ports.some((port) => port.pxe_enabled))
      throw MissingParameterValue({
        reason: `Node ${task.node.uuid} has no port that it could boot from; create one with the MAC address of its network card and pxe_enabled true.`,
      });
    ramdiskImages(task.node, this.#services.config, mode);
    commandLine(this.#ownParams(task.node));
    wantedBootMode(task.node);
  }

  async prepareRamdisk(task: Task, params: RamdiskParams, mode: Mode): Promise<void> {
    const images = ramdiskImages(task.node, this.#services.config, mode);
    const words = [...this.#ownParams(task.node), ...asKernelParams(params)];
    await this.#prepareStart(task, mode, images, (base) => this.#files(base, words, images));
  }

  /** The machine's next start, or with `last` every one, is from the network: its images are here, its files published. */
  async #prepareStart(
    task: Task,
    mode: Mode,
    images: RamdiskImages,
    files: (base: string) => Record<string, PublishedFile>,
    last = false,
  ): Promise<void> {
    await fetchRamdisk(task, images, this.#services);
    await task.ensureLock();
    await this.#services.boot.publish(task.node.uuid, mode, this.#kind.name, files);
    await prepareBootMode(task, this.#services.config);
    await setBootDevice(task, "pxe", { last }, this.#services);
  }

  #files(base: string, params: readonly KernelParam[], images: RamdiskImages): Record<string, PublishedFile> {
    return {
      ...asFiles(this.#kind.scripts({ base, params })),
      [BOOT_FILES.kernel]: { kind: "image", url: images.kernel.url.href },
      [BOOT_FILES.initramfs]: { kind: "image", url: images.initramfs.url.href },
    };
  }

  #ownParams(node: Node): readonly KernelParam[] {
    const text = this.#services.config.pxe.kernel_append_params;
    return nodeParams(node, { text, option: "[pxe]kernel_append_params" });
  }

  async cleanUpRamdisk(task: Task, mode: Mode): Promise<void> {
    await this.#services.boot.withdraw(task.node.uuid, [mode]);
  }

  async bootAgain(task: Task): Promise<void> {
    await ensureOff(task);
    await setBootDevice(task, "pxe", { last: false }, this.#services);
    await ensureFreshStart(task);
  }

  async prepareInstaller(task: Task, { kernel, initramfs, params, files }: InstallerBoot): Promise<void> {
    const images = { kernel, initramfs };
    const own = this.#ownParams(task.node);
    await this.#prepareStart(task, "deploy", images, (base) => ({
      ...this.#files(base, [...own, ...asKernelParams(params(base))], images),
      ...files(base),
    }));
  }

  async prepareInstance(task: Task): Promise<void> {
    if (task.node.deploy_interface === "ramdisk") return this.#prepareInstanceRamdisk(task);
    await setBootDevice(task, "disk", { last: true }, this.#services);
    const { boot, config } = this.#services;
    if (!config.pxe.enable_netboot_fallback) return boot.withdraw(task.node.uuid, ["deploy", "rescue"]);
    await task.ensureLock();
    await boot.publish(task.node.uuid, "deploy", this.#kind.name, () => asFiles(this.#kind.toDisk));
    await boot.withdraw(task.node.uuid, ["rescue"]);
  }

  /** The instance boots from here at every start: its files stay until it is torn down. */
  async #prepareInstanceRamdisk(task: Task): Promise<void> {
    const images = instanceRamdisk(task.node);
    const args = textOf(task.node.instance_info.ramdisk_kernel_arguments) ?? "";
    const words = [...this.#ownParams(task.node), ...parseKernelParams(args, "instance_info ramdisk_kernel_arguments")];
    await this.#prepareStart(task, "deploy", images, (base) => this.#files(base, words, images), true);
  }

  async cleanUpInstance(task: Task): Promise<void> {
    await this.#services.boot.withdraw(task.node.uuid, ["deploy"]);
  }
}

function asFiles(texts: Readonly<Record<string, string>>): Record<string, PublishedFile> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { kind: "text", text }]));
}
