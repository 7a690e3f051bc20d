/**
 * A graphical console: a container with a VNC server that shows the machine's screen, and a URL of the proxy with the token
 * that opens it. What the container shows is an "app" of its image; where it runs is the provider's.
 */
import { accessOf, isExpired, keptAccess, NO_ACCESS, newAccess } from "../../common/console-access.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { ConsoleInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { consoleUrl } from "./console-url.ts";
import { type Containers, containersOf } from "./containers.ts";

export interface ConsoleApp {
  /** As the image knows it. */
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  /** What it must know of the node, secrets too. @throws MissingParameterValue, InvalidParameterValue */
  info(node: Node): JsonObject;
}

export class GraphicalConsole implements ConsoleInterface {
  readonly properties: Readonly<Record<string, string>>;
  readonly #services: DriverServices;
  readonly #app: ConsoleApp;
  readonly #containers: Containers;

  constructor(services: DriverServices, app: ConsoleApp) {
    this.properties = app.properties;
    this.#services = services;
    this.#app = app;
    this.#containers = containersOf(services);
  }

  async validate({ node }: Task): Promise<void> {
    const { vnc } = this.#services.config;
    const { lacks } = this.#containers.provider;
    if (lacks !== null)
      throw InvalidParameterValue({
        reason: `[vnc]container_provider = ${vnc.container_provider} cannot work yet: ${lacks}.`,
      });
    this.#app.info(node);
  }

  /** One that runs is replaced, and its token with it. */
  async start(task: Task): Promise<void> {
    await this.validate(task);
    await task.ensureLock();
    const { uuid: node } = task.node;
    const order = { node, app: this.#app.name, info: this.#app.info(task.node) };
    const address = await this.#containers.start(order, task.signal);
    try {
      await task.remember(keptAccess(newAccess(address, this.#now())));
    } catch (error) {
      await this.#containers.stop(node);
      throw error;
    }
  }

  /** One whose container cannot be stopped stays on: it can be asked for again. A console that is on has a token at any time. */
  async stop(task: Task): Promise<void> {
    await this.#containers.stop(task.node.uuid);
    await task.save({ console_enabled: false });
    await task.remember(NO_ACCESS);
  }

  async get({ node }: Task): Promise<JsonObject> {
    return { type: "vnc", url: consoleUrl(node, this.#services.config) };
  }

  offered(): readonly string[] {
    return this.#containers.running();
  }

  async withdraw(node: string): Promise<void> {
    await this.#containers.withdraw(node);
  }

  sweep(): Promise<void> {
    return this.#containers.sweep();
  }

  isOver(node: Pick<Node, "driver_internal_info">): boolean {
    const access = accessOf(node);
    return access === null || isExpired(access, this.#services.config.vnc.token_timeout, this.#now());
  }

  #now(): number {
    return (this.#services.clock ?? Date.now)();
  }
}
