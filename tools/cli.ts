/**
 * The command line: finds the command and ends the process with its exit code.
 * 0: done, or stopped as asked. 1: failed. 2: wrong usage or configuration.
 */
import { ConfigError } from "../common/config/problem.ts";
import { reasonOf } from "../common/errors/fault.ts";
import type { Command, Runnable } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { UsageError } from "./flags.ts";
import { helpOn, overview } from "./help.ts";
import { NeedsSources } from "./needs-sources.ts";

/** @throws NeedsSources */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await run(argv);
}

async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return help(rest);
  if (name === "--version") return say(await version());
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) return unknown(name);
  if ("load" in command) return runOne(command, `ferric ${name}`, rest);
  const [given, ...others] = rest;
  const action = command.actions.find((one) => one.name === given);
  if (action !== undefined) return runOne(action, `ferric ${name} ${given}`, others);
  if (wantsHelp(rest)) return say(helpOn(command));
  const names = command.actions.map((one) => one.name).join(", ");
  return fail(`ferric ${name}: say what to do: ${names}; see ferric help ${name}`, 2);
}

async function runOne(command: Runnable, title: string, argv: readonly string[]): Promise<number> {
  if (wantsHelp(argv)) return say(helpOn(command));
  try {
    return await (await command.load())(argv);
  } catch (error) {
    if (error instanceof NeedsSources) throw error;
    return explain(error, title);
  }
}

function wantsHelp(argv: readonly string[]): boolean {
  return argv.includes("--help") || argv.includes("-h");
}

function help([name, action]: readonly string[]): number {
  if (name === undefined) return say(overview(COMMANDS));
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) return unknown(name);
  return say(helpOn(actionOf(command, action) ?? command));
}

function actionOf(command: Command, name: string | undefined): Runnable | undefined {
  return "actions" in command ? command.actions.find((one) => one.name === name) : undefined;
}

function explain(error: unknown, title: string): number {
  if (error instanceof UsageError)
    return fail(`${title}: ${error.message}; see ${title.replace("ferric", "ferric help")}`, 2);
  if (error instanceof ConfigError) return fail(`ferric: ${error.message}`, 2);
  if (error instanceof Error && error.name === "DriverConfigurationError") return fail(`ferric: ${error.message}`, 2);
  const detail = process.env.FERRIC_TRACE && error instanceof Error ? `\n${error.stack}` : "";
  return fail(`ferric: ${reasonOf(error)}${detail}`, 1);
}

function unknown(name: string): number {
  return fail(`ferric: there is no command "${name}"; see ferric help`, 2);
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
