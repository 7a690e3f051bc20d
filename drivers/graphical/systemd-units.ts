/**
 * Containers as units of the user's systemd, which podman makes of Quadlet files (podman-systemd.unit(5)). A unit file and
 * the command made of it are for everybody to read: what a container must know of a controller is in a file of its own, in
 * the user's runtime folder, for the time that it runs.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Config } from "../../common/config/config.ts";
import { ConsoleContainerFailure } from "../../common/errors/console.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import { conductorOf, containerLabels, containerName, truthWord } from "./container-words.ts";
import type { ContainerOrder, ContainerProvider, VncAddress } from "./provider.ts";
import { runProgram } from "./run-program.ts";
import { publishedAddress, publishedAt, untilGreeted, VNC_PORT } from "./vnc-address.ts";

const PROVIDER = "systemd";
const LIMIT_MS = 30_000;
/** The image may have to be fetched. */
const START_LIMIT_MS = 100_000;
const ENDING = ".container";

export class SystemdUnits implements ContainerProvider {
  readonly lacks: string | null;
  readonly #config: Config;
  readonly #log: Logger;
  readonly #units: string;
  readonly #secrets: string;

  constructor(config: Config, log: Logger) {
    const { uid } = userInfo();
    this.#config = config;
    this.#log = log;
    this.#units = config.vnc.systemd_unit_folder ?? `/etc/containers/systemd/users/${uid}/containers/systemd`;
    this.#secrets = join(process.env.XDG_RUNTIME_DIR ?? `/run/user/${uid}`, "ferric-consoles");
    this.lacks = config.vnc.console_image === null ? "name the image of the containers in [vnc]console_image" : null;
  }

  async start(order: ContainerOrder, signal: AbortSignal): Promise<VncAddress> {
    const { node } = order;
    await this.stop(node);
    try {
      await this.#write(order);
      await this.#systemctl(["daemon-reload"], { signal });
      await this.#systemctl(["start", unitOf(node)], { signal, limitMs: START_LIMIT_MS });
      const port = { provider: PROVIDER, program: "podman", args: ["port", containerName(node), VNC_PORT] };
      const said = await runProgram({ ...port, limitMs: LIMIT_MS, signal });
      const address = publishedAddress(said, PROVIDER, this.#config);
      await untilGreeted(address, { provider: PROVIDER, seconds: this.#config.vnc.wait_for_ready_timeout, signal });
      return address;
    } catch (error) {
      await this.stop(node).catch((second: unknown) =>
        this.#log.warn({ error: reasonOf(second), node }, "a console's container may have been left behind"),
      );
      throw error;
    }
  }

  async stop(node: string): Promise<void> {
    const isUnit = (await this.#unitText(node)) !== null;
    if (isUnit)
      await this.#systemctl(["stop", unitOf(node)]).catch((error: unknown) => {
        // A unit that was never made of its file, or ended by itself.
        if (!/not loaded|not found/i.test(reasonOf(error))) throw error;
      });
    // The secret may be there without the unit, which could not be written then.
    const files = [this.#unitFile(node), this.#secretFile(node)];
    await Promise.all(files.map((path) => rm(path, { force: true }))).catch(refused);
    if (isUnit) await this.#systemctl(["daemon-reload"]);
  }

  async stopOwn(only: string | null): Promise<void> {
    const files = (await readdir(this.#units).catch(absent)) ?? [];
    const nodes = files.flatMap((file) => /^ironic-console-([0-9a-f-]{36})\.container$/.exec(file)?.[1] ?? []);
    const mine = marker(this.#config);
    for (const node of nodes)
      if ((only ?? node) === node && (await this.#unitText(node))?.startsWith(mine)) await this.stop(node);
  }

  async #write(order: ContainerOrder): Promise<void> {
    const { node, info } = order;
    try {
      await mkdir(this.#secrets, { recursive: true, mode: 0o700 });
      await mkdir(this.#units, { recursive: true });
      await writeFile(this.#secretFile(node), `APP_INFO=${JSON.stringify(info)}\n`, { mode: 0o600 });
      await writeFile(this.#unitFile(node), this.#unit(order), { mode: 0o644 });
    } catch (error) {
      refused(error);
    }
  }

  #unit({ node, app }: ContainerOrder): string {
    const { console_image, read_only, systemd_container_publish_port } = this.#config.vnc;
    const lines = [
      marker(this.#config).trimEnd(),
      "[Unit]",
      `Description=VNC server with the console of node ${node}`,
      "[Container]",
      `Image=${console_image}`,
      `ContainerName=${containerName(node)}`,
      `PublishPort=${publishedAt(systemd_container_publish_port, this.#config)}`,
      `Environment=APP=${app}`,
      `Environment=READ_ONLY=${truthWord(read_only)}`,
      `EnvironmentFile=${this.#secretFile(node)}`,
      ...containerLabels(node, this.#config).map((label) => `Label=${label}`),
      "[Service]",
      "Restart=no",
    ];
    // A percent sign begins one of systemd's own words.
    return `${lines.map((line) => line.replaceAll("%", "%%")).join("\n")}\n`;
  }

  /** Null when there is none. @throws ConsoleContainerFailure */
  #unitText(node: string): Promise<string | null> {
    return readFile(this.#unitFile(node), "utf8").catch(absent);
  }

  #unitFile(node: string): string {
    return join(this.#units, `${containerName(node)}${ENDING}`);
  }

  #secretFile(node: string): string {
    return join(this.#secrets, `${node}.env`);
  }

  #systemctl(
    args: readonly string[],
    { limitMs = LIMIT_MS, ...rest }: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    return runProgram({ provider: PROVIDER, program: "systemctl", args: ["--user", ...args], limitMs, ...rest });
  }
}

const unitOf = (node: string): string => `${containerName(node)}.service`;

/** Null for what is not there; what cannot be read may well be there. @throws ConsoleContainerFailure */
function absent(error: NodeJS.ErrnoException): null {
  return error.code === "ENOENT" ? null : refused(error);
}

function refused(error: unknown): never {
  throw ConsoleContainerFailure({
    provider: PROVIDER,
    reason: `${reasonOf(error)}: let ferric's user write there, or set [vnc]systemd_unit_folder.`,
  });
}

/** The first line of a unit file: several conductors may share a user. */
const marker = (config: Config): string => `# conductor ${conductorOf(config)}\n`;
