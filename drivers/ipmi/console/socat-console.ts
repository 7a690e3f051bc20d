/**
 * The serial console over ipmitool and socat: socat listens, and runs `ipmitool sol activate` for whoever connects. The
 * password is in an unnamed file that both inherit.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IpmiFailure } from "../../../common/errors/driver.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../../common/errors/request.ts";
import type { JsonObject } from "../../../common/json.ts";
import { defineInterface } from "../../base/define.ts";
import type { ConsoleInterface } from "../../base/interfaces.ts";
import type { DriverServices } from "../../base/services.ts";
import type { Task } from "../../base/task.ts";
import type { IpmiConnection } from "../connection.ts";
import { Ipmitool, ipmitoolConnection, sessionArguments } from "../ipmitool.ts";
import { secretFile } from "../secret-file.ts";
import { CONSOLE_PROPERTIES, choosePort, consoleInfo, wantedPort } from "./port.ts";

/** What neither socat's addresses nor its splitting of a command takes for something else. */
const PLAIN = /^[A-Za-z0-9._@%+/=-]+$/;
const SOCAT = "socat";

class SocatConsole implements ConsoleInterface {
  readonly properties = CONSOLE_PROPERTIES;
  readonly #services: DriverServices;
  readonly #tool: Ipmitool;
  /** By node. */
  readonly #running = new Map<string, ChildProcess>();

  constructor(services: DriverServices) {
    this.#services = services;
    this.#tool = new Ipmitool(services);
    services.onStop?.(() => this.#stopAll());
  }

  async validate(task: Task): Promise<void> {
    lineConnection(task.node);
    wantedPort(task.node.driver_info, this.#services.config);
  }

  async start(task: Task): Promise<void> {
    const connection = lineConnection(task.node);
    await this.#end(task.node.uuid);
    const port = await choosePort(task, this.#services.config);
    await task.ensureLock();
    await this.#deactivate(task);
    const secret = await secretFile(connection.password);
    try {
      await this.#listen(task, this.#arguments(connection, port), secret.fd);
    } finally {
      await secret.close();
    }
  }

  async stop(task: Task): Promise<void> {
    await this.#end(task.node.uuid);
    await this.#deactivate(task);
  }

  async get(task: Task): Promise<JsonObject> {
    return consoleInfo(task.node, this.#services.config);
  }

  offered(): readonly string[] {
    return [...this.#running.keys()];
  }

  async withdraw(node: string): Promise<void> {
    await this.#end(node);
  }

  #arguments(connection: IpmiConnection, port: number): readonly string[] {
    const { config } = this.#services;
    const { socat_address: address, terminal_timeout } = config.console;
    const suite = connection.cipherSuite ?? config.ipmi.cipher_suite_versions.at(-1) ?? null;
    const words = [config.ipmi.ipmitool, ...sessionArguments(connection, suite, true), "sol", "activate"];
    const refused = words.find((word) => !PLAIN.test(word));
    if (refused !== undefined)
      throw InvalidParameterValue({
        reason: `"${refused}" cannot be handed to socat; use the console interface ipmi-sol-native for this node.`,
      });
    const listen = address.includes(":")
      ? `TCP6-LISTEN:${port},bind=[${address}]`
      : `TCP4-LISTEN:${port},bind=${address}`;
    return [
      "-d",
      "-d",
      ...(terminal_timeout === 0 ? [] : ["-T", String(terminal_timeout)]),
      `${listen},reuseaddr,fork,max-children=1`,
      `EXEC:${words.join(" ")},pty,setsid,ctty,stderr`,
    ];
  }

  /** Resolves once it listens. */
  async #listen(task: Task, args: readonly string[], secret: number): Promise<void> {
    const child = spawn(SOCAT, args, {
      stdio: ["ignore", "ignore", "pipe", secret],
      env: { PATH: process.env.PATH, HOME: "/nonexistent", LC_ALL: "C", TERM: "vt100" },
      detached: true,
    });
    const { uuid } = task.node;
    this.#running.set(uuid, child);
    child.once("exit", () => {
      if (this.#running.get(uuid) !== child) return;
      this.#running.delete(uuid);
      this.#services.log.warn({ node: uuid }, "socat of a console has ended; switch the console off and on");
    });
    try {
      await untilListening(child, this.#services.config.console.subprocess_timeout);
      if (child.pid !== undefined) await this.#notePid(uuid, child.pid);
    } catch (error) {
      await this.#end(uuid);
      const remedy = "install socat, or free the port (driver_info/ipmi_terminal_port)";
      throw IpmiFailure({ cmd: "console", reason: `socat does not listen (${reasonOf(error)}): ${remedy}.` });
    }
  }

  /** Whoever had the line keeps it otherwise; that nobody has it is no failure. */
  async #deactivate(task: Task): Promise<void> {
    await this.#tool.run(task.node, ["sol", "deactivate"], task.signal).catch((error: unknown) => {
      task.signal.throwIfAborted();
      this.#services.log.debug({ node: task.node.uuid, error: reasonOf(error) }, "no serial line was deactivated");
    });
  }

  /** Also what a former process of this host left running. */
  async #end(node: string): Promise<void> {
    const child = this.#running.get(node);
    this.#running.delete(node);
    const file = this.#pidFile(node);
    const pid = child?.pid ?? (await leftover(file));
    if (pid !== null && pid !== undefined) endGroup(pid);
    await rm(file, { force: true });
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((node) => this.#end(node)));
  }

  async #notePid(node: string, pid: number): Promise<void> {
    const file = this.#pidFile(node);
    await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
    await writeFile(file, `${pid}\n`, { mode: 0o600 });
  }

  #pidFile(node: string): string {
    return join(this.#services.config.DEFAULT.state_path, "consoles", `${node}.pid`);
  }
}

/** @throws as ipmitoolConnection, and InvalidParameterValue for what this console cannot do */
function lineConnection(node: Task["node"]): IpmiConnection {
  const connection = ipmitoolConnection(node);
  if (connection.version !== "2.0")
    throw InvalidParameterValue({
      reason: "driver_info/ipmi_protocol_version is 1.5; serial over LAN needs 2.0: set that, or use no-console.",
    });
  if (connection.kgKey !== null)
    throw InvalidParameterValue({
      reason:
        "driver_info/ipmi_hex_kg_key cannot be handed to ipmitool under socat but as an argument; use the console interface ipmi-sol-native for this node.",
    });
  return connection;
}

/** socat tells by `-d -d` that it listens. */
function untilListening(child: ChildProcess, seconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`nothing heard within ${seconds} s`)), seconds * 1000);
    const over = (error: Error | null) => {
      clearTimeout(timer);
      if (error === null) resolve();
      else reject(error);
    };
    child.once("error", over);
    child.once("exit", () => over(new Error(said.trim().split("\n").at(-1) ?? "it ended")));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-2000);
      if (said.includes("listening on")) over(null);
    });
  });
}

/** Null: none, or a process that is not ours any more. */
async function leftover(file: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(file, "utf8")).trim());
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return command.startsWith(`${SOCAT}\0`) ? pid : null;
  } catch {
    return null;
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

export default defineInterface("console", "ipmitool-socat", (services) => new SocatConsole(services));
