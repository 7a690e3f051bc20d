/**
 * Calls ipmitool: one session a command, one command at a time to each BMC, tried again while waiting may help. The
 * password goes through an unnamed file, the Kg key through standard input; neither is ever an argument or in the
 * environment.
 */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { anySignal } from "../../common/any-signal.ts";
import { IpmiFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { DriverServices } from "../base/services.ts";
import { BmcQueue } from "../bmc-queue.ts";
import type { Bridge } from "./client/message.ts";
import { connectionOf, type IpmiConnection } from "./connection.ts";
import { diagnose, faultOf, isTransient, lastWords } from "./diagnosis.ts";
import { addressOf, hexWords, readable, told } from "./exchanges.ts";
import { secretFile } from "./secret-file.ts";

interface Ended {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Seconds that one packet waits for its answer at most: a BMC slower than this is as good as silent. */
const LONGEST_ANSWER = 5;
const OUTPUT_LIMIT = 64 * 1024;

export class Ipmitool {
  readonly #services: DriverServices;
  readonly #queue = new BmcQueue();
  /** The cipher suite that a BMC took last, by node: saves the failing try. Lost with the process, found again by one try. */
  readonly #suites = new Map<string, string>();

  constructor(services: DriverServices) {
    this.#services = services;
  }

  /**
   * Runs one command, e.g. `["power", "status"]`, and answers its standard output.
   * @throws IpmiFailure naming BMC, user and remedy; the signal's reason when it aborts
   */
  async run(
    node: Pick<Node, "uuid" | "driver_info">,
    command: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const connection = ipmitoolConnection(node);
    const { command_retry_timeout, min_command_interval, use_ipmitool_retries } = this.#services.config.ipmi;
    const started = this.#services.now();
    const spent = () => (this.#services.now() - started) / 1000;
    for (;;) {
      const tried = this.#services.now();
      const left = command_retry_timeout - spent();
      const ended = await this.#withSuite(node.uuid, connection, command, signal, left);
      if (ended.ok) return ended.stdout;
      const diagnosis = diagnose(ended.stderr);
      const wait = Math.max(0, min_command_interval * 1000 - (this.#services.now() - tried));
      const isLast = use_ipmitool_retries || spent() + wait / 1000 >= command_retry_timeout;
      if (!isTransient(diagnosis) || isLast)
        throw faultOf(diagnosis, connection, command.join(" "), ended.stderr, spent());
      await this.#services.sleep(wait, signal);
    }
  }

  /** Tries the cipher suites that may fit, best first, within one turn at the BMC. */
  async #withSuite(
    node: string,
    connection: IpmiConnection,
    command: readonly string[],
    signal: AbortSignal,
    seconds: number,
  ): Promise<Ended> {
    const suites = this.#suitesFor(node, connection);
    return this.#queue.turn(`${connection.address}:${connection.port}`, signal, async () => {
      let ended: Ended | null = null;
      const say = { node, address: addressOf(connection), request: `ipmitool ${commandWords(command)}` };
      const words = ({ ok, stdout, stderr }: Ended) => ({
        answer: readable(stdout.trim()),
        fault: ok ? null : readable(lastWords(stderr, connection)),
      });
      for (const suite of suites) {
        const call = () => this.#spawn(connection, suite, command, signal, seconds);
        ended = await told(this.#services, say, call, words);
        if (ended.ok && suite !== null) this.#suites.set(node, suite);
        if (ended.ok || diagnose(ended.stderr) !== "cipher") break;
      }
      return ended ?? { ok: false, stdout: "", stderr: "no cipher suite match: [ipmi]cipher_suite_versions is empty" };
    });
  }

  #suitesFor(node: string, connection: IpmiConnection): readonly (string | null)[] {
    if (connection.version === "1.5") return [null];
    if (connection.cipherSuite !== null) return [connection.cipherSuite];
    const known = this.#suites.get(node);
    const all = this.#services.config.ipmi.cipher_suite_versions.toReversed();
    return known === undefined ? all : [known, ...all.filter((suite) => suite !== known)];
  }

  async #spawn(
    connection: IpmiConnection,
    suite: string | null,
    command: readonly string[],
    signal: AbortSignal,
    seconds: number,
  ): Promise<Ended> {
    const { kill_on_timeout, ipmitool } = this.#services.config.ipmi;
    const secret = connection.password === "" ? null : await secretFile(connection.password);
    try {
      const args = [...argumentsOf(connection, suite, this.#repeats()), ...command];
      // Without kill_on_timeout a late ipmitool ends by its own retries.
      const deadline = kill_on_timeout ? AbortSignal.timeout(Math.ceil(Math.max(1, seconds) * 1000)) : null;
      const ended = await execute(ipmitool, args, secret?.fd ?? null, connection.kgKey, [signal, deadline]);
      signal.throwIfAborted();
      return deadline?.aborted && !ended.ok ? { ...ended, stderr: `${ended.stderr}\ntimeout` } : ended;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const remedy = "install ipmitool, or name it in [ipmi]ipmitool";
      throw IpmiFailure({
        cmd: command.join(" "),
        reason: `${ipmitool} cannot be run (${reasonOf(error)}): ${remedy}.`,
      });
    } finally {
      await secret?.close();
    }
  }

  #repeats(): readonly string[] {
    const { command_retry_timeout, min_command_interval, use_ipmitool_retries } = this.#services.config.ipmi;
    const interval = Math.min(LONGEST_ANSWER, Math.max(1, min_command_interval));
    const tries = use_ipmitool_retries ? Math.max(1, Math.floor(command_retry_timeout / interval)) : 1;
    return ["-R", String(tries), "-N", String(interval)];
  }
}

/** @throws as connectionOf, and InvalidParameterValue for a Kg key that cannot be handed to ipmitool but as an argument */
export function ipmitoolConnection(node: Pick<Node, "driver_info">): IpmiConnection {
  const connection = connectionOf(node.driver_info);
  if (connection.kgKey !== null && /[\n\r\0]/.test(connection.kgKey))
    throw InvalidParameterValue({
      reason:
        "driver_info/ipmi_hex_kg_key has a byte 00, 0a or 0d that cannot be passed to ipmitool safely; set another key on the BMC, or use the interfaces `ipmi-native` for this node.",
    });
  return connection;
}

function commandWords(command: readonly string[]): string {
  const [first, ...bytes] = command;
  return first === "raw" ? `raw ${hexWords(bytes.map(Number))}` : command.join(" ");
}

/** `-v` makes ipmitool say why a session failed; without it a wrong password and a silent BMC look alike. */
function argumentsOf(connection: IpmiConnection, suite: string | null, repeats: readonly string[]): readonly string[] {
  return [
    "-v",
    ...sessionArguments(connection, suite),
    ...(connection.kgKey === null ? [] : ["-Y"]),
    ...repeats,
    ...bridgeOptions(connection.bridge),
  ];
}

/** BMC and login; a password in a file is read from descriptor 3. */
export function sessionArguments(
  connection: IpmiConnection,
  suite: string | null,
  isInFile = connection.password !== "",
): readonly string[] {
  return [
    ...["-I", connection.version === "2.0" ? "lanplus" : "lan"],
    ...["-H", connection.address, "-p", String(connection.port)],
    ...["-L", connection.privilege],
    ...(connection.username === null ? [] : ["-U", connection.username]),
    ...(isInFile ? ["-f", "/dev/fd/3"] : ["-P", ""]),
    ...(suite === null ? [] : ["-C", suite]),
  ];
}

export function bridgeOptions(bridge: Bridge | null): readonly string[] {
  if (bridge === null) return [];
  const { target, transit, localAddress } = bridge;
  return [
    ...(localAddress === null ? [] : ["-m", hexByte(localAddress)]),
    ...["-b", String(target.channel), "-t", hexByte(target.address)],
    ...(transit === null ? [] : ["-B", String(transit.channel), "-T", hexByte(transit.address)]),
  ];
}

export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

/** With input it runs in a session of its own: without a terminal to ask for the Kg key it reads standard input. */
async function execute(
  program: string,
  args: readonly string[],
  secret: number | null,
  input: string | null,
  signals: readonly (AbortSignal | null)[],
): Promise<Ended> {
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe", secret ?? "ignore"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", LC_ALL: "C" },
    detached: input !== null,
    signal: anySignal(signals.filter((signal) => signal !== null)),
    killSignal: "SIGKILL",
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  // A program that ends before it has read everything is not an error of its own.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input === null ? "" : Buffer.from(`${input}\n`, "latin1"));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => (error.name === "AbortError" ? undefined : reject(error)));
    child.once("close", resolve);
  });
  return { ok: code === 0, stdout: out(), stderr: err() };
}

function collect(stream: Readable | null): () => string {
  let text = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    if (text.length < OUTPUT_LIMIT) text += chunk;
  });
  return () => text;
}
