/** Help, made of what the commands say of themselves. */
import { type Command, EXIT_CODES, type Helped } from "./command.ts";

const CONFIG_FLAGS = [
  "--config-file FILE        read FILE (an ironic.conf); may be repeated, later files win; also --config",
  "--SECTION-OPTION VALUE    set one option, e.g. --api-port 6390 or --default-debug true",
  "--set SECTION.OPTION=VALUE  the same, e.g. --set pxe.boot_retry_timeout=900",
];

export function overview(commands: readonly Command[]): string {
  return [
    "ferric: a bare-metal service that speaks OpenStack Ironic's REST API",
    "",
    "usage: ferric COMMAND [options]",
    "",
    ...listed([...commands, { name: "help", summary: "ferric help COMMAND [ACTION] tells more" }]),
    "",
    "Options come from defaults, files (--config-file), the environment (OS_<SECTION>__<OPTION>) and flags; the last wins.",
    "Exit codes: 0 done or stopped as asked, 1 failed, 2 wrong usage or configuration.",
  ].join("\n");
}

/** Help on a command, or on one action of it. */
export function helpOn(command: Helped & { readonly actions?: readonly Helped[] }): string {
  const flags = [...command.flags, ...(command.configured ? CONFIG_FLAGS : [])];
  return [
    `usage: ${command.usage}`,
    "",
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.about ?? []).flatMap((paragraph) => ["", paragraph]),
    ...section("Actions", command.actions === undefined ? [] : listed(command.actions)),
    ...section(
      "Options",
      flags.map((flag) => `  ${flag}`),
    ),
    ...section(
      "Examples",
      command.examples.map((example) => `  ${example}`),
    ),
    ...section(
      "Exit codes",
      (command.exitCodes ?? EXIT_CODES).map((code) => `  ${code}`),
    ),
    ...(command.configured ? ["", "All options of the configuration: ferric config reference"] : []),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

function listed(all: readonly Pick<Helped, "name" | "summary">[]): readonly string[] {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
}
