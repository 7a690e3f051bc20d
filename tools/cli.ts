/**
 * The command line: finds the command and ends the process with its exit code.
 * 0: done, or stopped as asked. 1: failed. 2: wrong usage or configuration.
 */
import { ConfigError } from "../common/config/problem.ts";
import { reasonOf } from "../common/errors/fault.ts";
import { COMMANDS, type Command, commandHelp, overview } from "./commands.ts";
import { UsageError } from "./flags.ts";

export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await run(argv);
}

async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return help(rest[0]);
  if (name === "--version") return say(await version());
  const command = find(name);
  if (command === undefined) return fail(`ferric: there is no command "${name}"; see ferric help`, 2);
  if (rest.includes("--help") || rest.includes("-h")) return say(commandHelp(command));
  try {
    return await (await command.load())(rest);
  } catch (error) {
    return explain(error, command);
  }
}

function help(name: string | undefined): number {
  if (name === undefined) return say(overview());
  const command = find(name);
  return command === undefined
    ? fail(`ferric: there is no command "${name}"; see ferric help`, 2)
    : say(commandHelp(command));
}

function explain(error: unknown, command: Command): number {
  if (error instanceof UsageError)
    return fail(`ferric ${command.name}: ${error.message}; see ferric help ${command.name}`, 2);
  if (error instanceof ConfigError) return fail(`ferric: ${error.message}`, 2);
  if (error instanceof Error && error.name === "DriverConfigurationError") return fail(`ferric: ${error.message}`, 2);
  const detail = process.env.FERRIC_TRACE && error instanceof Error ? `\n${error.stack}` : "";
  return fail(`ferric: ${reasonOf(error)}${detail}`, 1);
}

function find(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

async function version(): Promise<string> {
  const { default: about } = await import("../package.json", { with: { type: "json" } });
  return about.version;
}

function say(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}

function fail(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}
