/** The serial console over the native client's serial over LAN, on a TCP port; ferric's own, off unless enabled. */
import { IpmiFailure } from "../../../common/errors/driver.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import type { JsonObject } from "../../../common/json.ts";
import { defineInterface } from "../../base/define.ts";
import type { ConsoleInterface } from "../../base/interfaces.ts";
import type { DriverServices } from "../../base/services.ts";
import type { Task } from "../../base/task.ts";
import { type NativeAccess, nativeAccess } from "../native-access.ts";
import { CONSOLE_PROPERTIES, choosePort, consoleInfo, wantedPort } from "./port.ts";
import { TerminalServer } from "./terminal-server.ts";

class NativeConsole implements ConsoleInterface {
  readonly properties = CONSOLE_PROPERTIES;
  readonly #services: DriverServices;
  readonly #access: NativeAccess;
  /** By node. They end with the process: the conductor that has the node next starts its own. */
  readonly #terminals = new Map<string, TerminalServer>();

  constructor(services: DriverServices, access: NativeAccess) {
    this.#services = services;
    this.#access = access;
    services.onStop?.(() => this.#stopAll());
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
    wantedPort(task.node.driver_info, this.#services.config);
  }

  /** Proves that the line can be had, and takes it from whoever has it: an operator has asked for it here. */
  async start(task: Task): Promise<void> {
    await this.validate(task);
    await this.#stop(task.node.uuid);
    const { config, log } = this.#services;
    const port = await choosePort(task, config);
    await task.ensureLock();
    const { uuid, driver_info } = task.node;
    const node = { uuid, driver_info };
    const silent = { data: () => {}, ended: () => {} };
    const line = await this.#access.openLine({ node, signal: task.signal }, silent, { takeOver: true });
    await line.close();
    const { socat_address: address, terminal_timeout } = config.console;
    try {
      const terminal = await TerminalServer.listen({
        address,
        port,
        idleMs: terminal_timeout * 1000,
        log: log.child({ node: uuid }),
        open: (listener) => this.#access.openLine({ node, signal: new AbortController().signal }, listener, {}),
      });
      this.#terminals.set(uuid, terminal);
    } catch (error) {
      const remedy = "set another driver_info/ipmi_terminal_port or [console]port_range";
      throw IpmiFailure({
        cmd: "console",
        reason: `the console cannot be offered on ${address}:${port} (${reasonOf(error)}): ${remedy}.`,
      });
    }
  }

  async stop(task: Task): Promise<void> {
    await this.#stop(task.node.uuid);
  }

  async get(task: Task): Promise<JsonObject> {
    return consoleInfo(task.node, this.#services.config);
  }

  offered(): readonly string[] {
    return [...this.#terminals.keys()];
  }

  async withdraw(node: string): Promise<void> {
    await this.#stop(node);
  }

  async #stop(node: string): Promise<void> {
    const terminal = this.#terminals.get(node);
    this.#terminals.delete(node);
    await terminal?.close();
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#terminals.keys()].map((node) => this.#stop(node)));
  }
}

export default defineInterface(
  "console",
  "ipmi-sol-native",
  (services) => new NativeConsole(services, nativeAccess(services)),
);
