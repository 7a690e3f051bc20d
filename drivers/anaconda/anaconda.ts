/**
 * Deploy interface `anaconda`: the machine boots the installer of a distribution over the network, with a kickstart of the
 * node's own; the installer reports by heartbeats. Boot parameters: "Boot options" of the Anaconda documentation.
 */
import { randomBytes } from "node:crypto";
import { BOOT_FILES } from "../../common/boot-files.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { imageAccess } from "../../common/image-access.ts";
import type { KickstartSource } from "../../common/kickstart.ts";
import { CleanedByAgent } from "../agent/cleaned-by-agent.ts";
import { checkConfigDrive } from "../agent/config-drive.ts";
import { probeImage } from "../agent/image-source.ts";
import { checkRootDeviceHints } from "../agent/root-device.ts";
import { defineInterface } from "../base/define.ts";
import type { InstallerBoot } from "../base/interfaces.ts";
import type { DriverServices, PublishedFile } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { wantedBootMode } from "../boot-mode.ts";
import { ensureFreshStart, ensureOff } from "../power-to.ts";
import { fetchImage } from "../pxe/ramdisk-images.ts";
import { textOf } from "../reading.ts";
import { givenSha256, type Installation, kickstartValues, readInstallation } from "./installation.ts";
import { InstallerReports } from "./installer-reports.ts";
import { renderKickstart, templateOf } from "./kickstart.ts";

/** Anaconda tells a tarball from a disk by the ending of its name. */
const ENDINGS = [".img", ".tar", ".tbz", ".tgz", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz"];

class AnacondaDeploy extends CleanedByAgent {
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    super(services, (agent) => new InstallerReports(agent, services));
    this.#services = services;
  }

  async validate(task: Task): Promise<void> {
    const { boot } = task.driver;
    const { config } = this.#services;
    if (boot.prepareInstaller === undefined)
      throw InvalidParameterValue({
        reason: `Node ${task.node.uuid}: boot interface ${task.node.boot_interface} cannot boot an installer; use ipxe, pxe, http or http-ipxe.`,
      });
    await boot.validate(task);
    checkRootDeviceHints(task.node);
    const installation = readInstallation(task.node, config);
    kickstartValues(task.node, installation, { url: installation.source.url.href, sha256: null }, config);
    checkConfigDrive(task.node, imageAccess(config));
    wantedBootMode(task.node);
  }

  async prepare(task: Task): Promise<void> {
    await ensureOff(task);
    await task.remember({
      agent_url: undefined,
      agent_status: undefined,
      agent_status_message: undefined,
      agent_command: undefined,
      agent_secret_token: randomBytes(32).toString("base64url"),
      agent_secret_token_pregenerated: true,
    });
    await this.#check(task);
    await task.ensureLock();
    await task.driver.network.addProvisioningNetwork(task);
  }

  /** What the machine would be given, before it is started for it. */
  async #check(task: Task): Promise<void> {
    const { config } = this.#services;
    const installation = readInstallation(task.node, config);
    const { source } = installation;
    if (source.kind === "liveimg") await probeImage(source.url, config, task.signal);
    const template = await this.#template(task, installation);
    const held = template === null ? null : await this.#services.images.fetch(template.url, { signal: task.signal });
    const values = kickstartValues(task.node, installation, { url: source.url.href, sha256: null }, config);
    const kickstart = await templateOf({ kind: "kickstart", template, values }, held?.path ?? null, config);
    await renderKickstart(kickstart, values, task.node, { config, signal: task.signal });
  }

  async #template(task: Task, { template }: Installation): Promise<KickstartSource["template"]> {
    return template === null ? null : await fetchImage(task, template, this.#services);
  }

  protected async deploy(task: Task): Promise<StepOutcome> {
    await task.driver.boot.prepareInstaller?.(task, await this.#boot(task));
    await ensureFreshStart(task);
    return "wait";
  }

  async #boot(task: Task): Promise<InstallerBoot> {
    const { config } = this.#services;
    const installation = readInstallation(task.node, config);
    const { kernel, initramfs, stage2, source } = installation;
    const template = await this.#template(task, installation);
    const second = stage2 === null ? null : await fetchImage(task, stage2, this.#services);
    const own = this.#servesImage(task, installation) ? await fetchImage(task, source, this.#services) : null;
    const { pathname } = source.url;
    // It becomes part of a URL in the kickstart.
    const ending = ENDINGS.findLast((one) => pathname.endsWith(one)) ?? /\.\w+$/.exec(pathname)?.[0] ?? "";
    const ownName = `liveimg${ending}`;
    const files = (base: string): Record<string, PublishedFile> => {
      const image =
        own === null
          ? { url: source.url.href, sha256: givenSha256(task.node) }
          : { url: `${base}/${ownName}`, sha256: own.sha256 };
      const values = kickstartValues(task.node, installation, image, config);
      return {
        [BOOT_FILES.kickstart]: { kind: "kickstart", template, values },
        ...(own === null ? {} : { [ownName]: { kind: "image", ...own } }),
        ...(second === null
          ? {}
          : Object.fromEntries(BOOT_FILES.stage2.map((name) => [name, { kind: "image" as const, ...second }]))),
      };
    };
    const params = (base: string) => ({
      text: "",
      "inst.ks": `${base}/${BOOT_FILES.kickstart}`,
      ...(source.kind === "repository" ? { "inst.repo": source.url.href } : {}),
      ...(second === null ? {} : { "inst.stage2": base }),
    });
    return { kernel, initramfs, params, files };
  }

  /** A live image of the conductor's, or one that is to go through it. */
  #servesImage({ node }: Task, { source }: Installation): boolean {
    const wanted =
      textOf(node.instance_info.image_download_source) ??
      textOf(node.driver_info.image_download_source) ??
      this.#services.config.agent.image_download_source;
    return source.kind === "liveimg" && (source.url.protocol === "file:" || wanted === "local");
  }
}

export default defineInterface("deploy", "anaconda", (services) => new AnacondaDeploy(services));
