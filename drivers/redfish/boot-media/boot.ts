/**
 * Boot interfaces whose machine gets its ramdisk from its controller, as a CD or under a URL that the firmware opens: no
 * DHCP and no TFTP are needed. What is published is taken back, and what was inserted ejected, on every way out.
 */
import { randomBytes } from "node:crypto";
import { KERNEL_PARAMS } from "../../../common/agent-protocol.ts";
import { MEDIA_FILES, type MediumSource } from "../../../common/boot-media.ts";
import { InvalidParameterValue } from "../../../common/errors/request.ts";
import { type JsonObject, writtenOf } from "../../../common/json.ts";
import type { Node } from "../../../common/objects/node.ts";
import { apiUrl } from "../../agent/api-url.ts";
import type { BootInterface, RamdiskParams } from "../../base/interfaces.ts";
import type { DriverServices, PublishedFile } from "../../base/services.ts";
import type { Task } from "../../base/task.ts";
import { wantedBootMode } from "../../boot-mode.ts";
import { ensureFreshStart, ensureOff } from "../../power-to.ts";
import { prepareBootMode, ramdiskBootMode, setBootDevice } from "../../pxe/boot-device.ts";
import {
  asKernelParams,
  commandLine,
  type KernelParam,
  nodeParams,
  parseKernelParams,
} from "../../pxe/kernel-params.ts";
import { fetchImage, fetchRamdisk } from "../../pxe/ramdisk-images.ts";
import { booleanOf, textOf } from "../../reading.ts";
import { type RedfishAccess, redfishAccess } from "../access.ts";
import { MEDIA_PROPERTIES } from "./properties.ts";
import { archOf, type BootSource, bootloaderOf, instanceSource, ramdiskSource } from "./sources.ts";

type Mode = "deploy" | "rescue";
type Purpose = `media-${Mode | "instance"}`;

/** How the machine is made to start from an image under a URL. */
export interface MediaWay {
  readonly capabilities: readonly string[];
  /** Whether a second medium with parameters or a config drive can be shown beside it. */
  hasRemovable(task: Task): Promise<boolean>;
  insertRemovable(task: Task, url: string): Promise<void>;
  start(task: Task, url: string, options: { readonly last: boolean }): Promise<void>;
  startAgain(task: Task): Promise<void>;
  /** Nothing of ours is left with the controller. Does not fail. */
  putAway(task: Task): Promise<void>;
}

interface Words {
  readonly own: readonly KernelParam[];
  /** For the agent, without its token. */
  readonly params: RamdiskParams;
}

export class MediaBoot implements BootInterface {
  readonly properties = MEDIA_PROPERTIES;
  readonly bootsIso = true;
  readonly capabilities: readonly string[];
  readonly #name: string;
  readonly #way: MediaWay;
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(name: string, way: MediaWay, services: DriverServices) {
    this.#name = name;
    this.#way = way;
    this.#services = services;
    this.#access = redfishAccess(services);
    this.capabilities = way.capabilities;
  }

  async validate(task: Task): Promise<void> {
    this.#validate(task, "deploy");
  }

  async validateInspection(task: Task): Promise<void> {
    this.#validate(task, "deploy");
  }

  async validateRescue(task: Task): Promise<void> {
    this.#validate(task, "rescue");
  }

  #validate({ node }: Task, mode: Mode): void {
    const { config } = this.#services;
    ramdiskSource(node, config, mode);
    bootloaderOf(node, config);
    this.#access.check(node);
    commandLine(this.#ownWords(node));
    wantedBootMode(node);
    externalUrl(node, config.deploy.external_http_url);
  }

  async prepareRamdisk(task: Task, params: RamdiskParams, mode: Mode): Promise<void> {
    const { config } = this.#services;
    const source = ramdiskSource(task.node, config, mode);
    const removable = await this.#wantsRemovable(task, source);
    const told = this.#forRamdisk(params);
    const files = await this.#filesOf(task, source, { own: this.#ownWords(task.node), params: told }, removable);
    // An image that is told nothing asks for its token by lookup, as one that has booted over the network.
    if (removable || source.iso === null) await ensureToken(task);
    await task.ensureLock();
    const base = await this.#publish(task, `media-${mode}`, files);
    if (removable) await this.#way.insertRemovable(task, `${base}/${MEDIA_FILES.parameters}`);
    await this.#way.start(task, this.#isoUrl(base, source), { last: false });
  }

  /** Beside an image of the operator's, where the controller can; beside one of ours only when it is asked for. */
  async #wantsRemovable(task: Task, source: BootSource): Promise<boolean> {
    const asked = booleanOf(task.node.driver_info.config_via_removable);
    if (asked === false || (asked === null && source.iso === null)) return false;
    if (await this.#way.hasRemovable(task)) return true;
    if (asked === true)
      throw InvalidParameterValue({
        reason: `driver_info config_via_removable is true, but the controller of node ${task.node.uuid} has no drive for a USB stick or a floppy beside what ${this.#name} boots; remove it.`,
      });
    this.#services.log.warn(
      { node: task.node.uuid },
      "the controller has no second drive: the boot image must know by itself where the API is",
    );
    return false;
  }

  async #filesOf(
    task: Task,
    source: BootSource,
    { own, params }: Words,
    removable: boolean,
  ): Promise<Record<string, PublishedFile>> {
    const { network_data: data } = task.node;
    const networkData = Object.keys(data).length === 0 ? null : data;
    const parameters: MediumSource = { kind: "parameters", values: params, networkData };
    const words = removable ? [...own, { name: "boot_method", value: "vmedia" }] : [...own, ...asKernelParams(params)];
    const place = this.#services.config.agent.token_on_kernel_command_line ? "command line" : "files";
    await prepareBootMode(task, this.#services.config);
    return {
      ...(await this.#iso(task, source, { words, networkData, token: removable ? "files" : place })),
      ...(removable ? { [MEDIA_FILES.parameters]: parameters } : {}),
    };
  }

  async #iso(
    task: Task,
    source: BootSource,
    own: { words: readonly KernelParam[]; networkData: JsonObject | null; token: "none" | "files" | "command line" },
  ): Promise<Record<string, PublishedFile>> {
    const { config } = this.#services;
    if (source.iso !== null) {
      if (config.deploy.ramdisk_image_download_source === "http") return {};
      return { [MEDIA_FILES.iso]: { kind: "image", ...(await fetchImage(task, source.iso, this.#services)) } };
    }
    const [kernel, initramfs] = await fetchRamdisk(task, source.images, this.#services);
    const loader = bootloaderOf(task.node, config);
    const firmware = ramdiskBootMode(task.node, config);
    const bootloader = loader === null || firmware === "bios" ? null : await fetchImage(task, loader, this.#services);
    commandLine(own.words);
    const iso: PublishedFile = {
      kind: "boot-iso",
      ...{ kernel, initramfs, bootloader, firmware },
      arch: archOf(task.node),
      words: own.words.map(({ name, value }) => [name, value]),
      networkData: own.networkData,
      token: own.token,
      grubConfigPath: config.DEFAULT.grub_config_path,
    };
    return { [MEDIA_FILES.iso]: iso };
  }

  /** The base URL as controllers reach it. */
  async #publish(task: Task, purpose: Purpose, files: Record<string, PublishedFile>): Promise<string> {
    const base = await this.#services.boot.publish(task.node.uuid, purpose, this.#name, () => files);
    const external = externalUrl(task.node, this.#services.config.deploy.external_http_url);
    return external === null ? base : `${external}${/\/boot\/[^/]+$/.exec(base)?.[0] ?? ""}`;
  }

  #isoUrl(base: string, source: BootSource): string {
    const itself = this.#services.config.deploy.ramdisk_image_download_source === "http";
    return source.iso !== null && itself ? source.iso.url.href : `${base}/${MEDIA_FILES.iso}`;
  }

  #ownWords(node: Node): readonly KernelParam[] {
    const text = this.#services.config.redfish.kernel_append_params;
    return nodeParams(node, { text, option: "[redfish]kernel_append_params" });
  }

  /** Without the token, which is never written into what is published, and with the API's address as these reach it. */
  #forRamdisk(params: RamdiskParams): RamdiskParams {
    const { config } = this.#services;
    const callback = config.deploy.external_callback_url?.replace(/\/+(?:v1\/*)?$/, "") ?? null;
    const usual = apiUrl(config);
    const there = (value: string) =>
      callback !== null && value.startsWith(usual) ? `${callback}${value.slice(usual.length)}` : value;
    const told = Object.entries(params).filter(([name]) => name !== KERNEL_PARAMS.token);
    return Object.fromEntries(told.map(([name, value]) => [name, there(value)]));
  }

  async cleanUpRamdisk(task: Task, mode: Mode): Promise<void> {
    await this.#services.boot.withdraw(task.node.uuid, [`media-${mode}`]);
    await this.#way.putAway(task);
  }

  async bootAgain(task: Task): Promise<void> {
    await ensureOff(task);
    await this.#way.startAgain(task);
    await ensureFreshStart(task);
  }

  async prepareInstance(task: Task): Promise<void> {
    if (task.node.deploy_interface === "ramdisk") return this.#prepareInstanceRamdisk(task);
    await setBootDevice(task, "disk", { last: true }, this.#services);
    await this.#services.boot.withdraw(task.node.uuid, ["media-deploy", "media-rescue"]);
    await this.#way.putAway(task);
  }

  /** The instance boots from here at every start: its media stay until it is torn down. */
  async #prepareInstanceRamdisk(task: Task): Promise<void> {
    const source = instanceSource(task.node);
    const args = textOf(task.node.instance_info.ramdisk_kernel_arguments) ?? "";
    const words = [...this.#ownWords(task.node), ...parseKernelParams(args, "instance_info ramdisk_kernel_arguments")];
    await prepareBootMode(task, this.#services.config);
    const iso = await this.#iso(task, source, { words, networkData: null, token: "none" });
    const drive = hasConfigDrive(task.node) && (await this.#way.hasRemovable(task));
    await task.ensureLock();
    const files = { ...iso, ...(drive ? { [MEDIA_FILES.configDrive]: { kind: "config-drive" } as const } : {}) };
    const base = await this.#publish(task, "media-instance", files);
    if (drive) await this.#way.insertRemovable(task, `${base}/${MEDIA_FILES.configDrive}`);
    await this.#way.start(task, this.#isoUrl(base, source), { last: true });
  }

  async cleanUpInstance(task: Task): Promise<void> {
    await this.#services.boot.withdraw(task.node.uuid, ["media-instance"]);
    await this.#way.putAway(task);
  }
}

/** Made before the boot, so that the machine's medium can bring it; the one of a ramdisk that runs stays. */
async function ensureToken(task: Task): Promise<void> {
  const { agent_secret_token: token, agent_secret_token_pregenerated: made } = task.node.driver_internal_info;
  if (typeof token === "string" && token !== "" && made === true) return;
  const known = typeof token === "string" && token !== "" ? token : randomBytes(32).toString("base64url");
  await task.remember({ agent_secret_token: known, agent_secret_token_pregenerated: true });
}

function hasConfigDrive({ instance_info }: Node): boolean {
  const drive = instance_info.configdrive ?? null;
  // One under a URL is not ours to unpack.
  return drive !== null && drive !== "" && !/^[a-z][a-z0-9+.-]*:/i.test(writtenOf(drive));
}

/** @throws InvalidParameterValue */
function externalUrl(node: Node, configured: string | null): string | null {
  const own = textOf(node.driver_info.external_http_url);
  const text = own ?? configured;
  if (text === null) return null;
  if (URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol)) return text.replace(/\/+$/, "");
  const from = own === null ? "[deploy]external_http_url" : "driver_info external_http_url";
  throw InvalidParameterValue({ reason: `${from} "${text}" is no URL of http:// or https://.` });
}
