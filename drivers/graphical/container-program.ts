/**
 * Containers by a Docker-compatible program (docker or podman) on the conductor's machine. The engine is asked for
 * everything, nothing is remembered here. What a container must know of a controller goes by the program's environment.
 */
import type { Config } from "../../common/config/config.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import {
  CONDUCTOR_LABEL,
  conductorOf,
  containerLabels,
  containerName,
  NODE_LABEL,
  truthWord,
} from "./container-words.ts";
import type { ContainerOrder, ContainerProvider, VncAddress } from "./provider.ts";
import { runProgram } from "./run-program.ts";
import { publishedAddress, publishedAt, untilGreeted, VNC_PORT } from "./vnc-address.ts";

const PROVIDER = "container";
const LIMIT_MS = 30_000;
/** The image may have to be fetched. */
const RUN_LIMIT_MS = 100_000;

export class ContainerProgram implements ContainerProvider {
  readonly lacks: string | null;
  readonly #config: Config;
  readonly #log: Logger;

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.lacks = config.vnc.console_image === null ? "name the image of the containers in [vnc]console_image" : null;
  }

  async start(order: ContainerOrder, signal: AbortSignal): Promise<VncAddress> {
    await this.stop(order.node);
    try {
      await this.#call(this.#runArguments(order), { signal, limitMs: RUN_LIMIT_MS, env: environmentOf(order) });
      const said = await this.#call(["port", containerName(order.node), VNC_PORT], { signal });
      const address = publishedAddress(said, PROVIDER, this.#config);
      await untilGreeted(address, { provider: PROVIDER, seconds: this.#config.vnc.wait_for_ready_timeout, signal });
      return address;
    } catch (error) {
      await this.stop(order.node).catch((second: unknown) =>
        this.#log.warn(
          { error: reasonOf(second), node: order.node },
          "a console's container may have been left behind",
        ),
      );
      throw error;
    }
  }

  async stop(node: string): Promise<void> {
    try {
      await this.#call(["rm", "--force", containerName(node)]);
    } catch (error) {
      // Engines differ in whether that is an error.
      if (!/no such container|no container with/i.test(reasonOf(error))) throw error;
    }
  }

  async stopOwn(node: string | null): Promise<void> {
    const labels = [
      `${CONDUCTOR_LABEL}=${conductorOf(this.#config)}`,
      ...(node === null ? [] : [`${NODE_LABEL}=${node}`]),
    ];
    const filters = labels.flatMap((label) => ["--filter", `label=${label}`]);
    const said = await this.#call(["ps", "--all", "--quiet", ...filters]);
    const ids = said.split(/\s+/).filter((id) => /^[0-9a-f]+$/.test(id));
    if (ids.length > 0) await this.#call(["rm", "--force", ...ids]);
  }

  #runArguments({ node, app }: ContainerOrder): readonly string[] {
    const { container_publish_port, console_image, read_only } = this.#config.vnc;
    return [
      ...["run", "--detach", "--rm", "--pull", "missing", "--name", containerName(node)],
      ...containerLabels(node, this.#config).flatMap((label) => ["--label", label]),
      ...["--publish", publishedAt(container_publish_port, this.#config)],
      // Without a value it is taken from the program's environment.
      ...["--env", `APP=${app}`, "--env", "APP_INFO", "--env", `READ_ONLY=${truthWord(read_only)}`],
      console_image ?? "",
    ];
  }

  #call(
    args: readonly string[],
    more: {
      readonly signal?: AbortSignal;
      readonly limitMs?: number;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const { container_executable: program, container_host: host } = this.#config.vnc;
    const engine = host === null ? {} : { DOCKER_HOST: host, CONTAINER_HOST: host };
    const { env = {}, limitMs = LIMIT_MS, ...rest } = more;
    return runProgram({ provider: PROVIDER, program, args, limitMs, env: { ...engine, ...env }, ...rest });
  }
}

const environmentOf = ({ info }: ContainerOrder) => ({ APP_INFO: JSON.stringify(info) });
