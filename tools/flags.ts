/** Flags of the service commands: the command's own, and one for each option of the configuration. */
import { parseArgs } from "node:util";
import { GROUPS } from "../common/config/config.ts";
import type { Setting } from "../common/config/load.ts";

/** The command line cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface ParsedFlags {
  readonly files: readonly string[];
  readonly settings: readonly Setting[];
  /** The command's own flags, as named in `own`. */
  readonly own: Readonly<Record<string, string>>;
  /** Those of `switches` that are given: flags without a value. */
  readonly switches: ReadonlySet<string>;
  readonly positionals: readonly string[];
}

/** Short names of options that every service command has. */
const SHORT: Readonly<Record<string, { section: string; option: string }>> = {
  port: { section: "api", option: "port" },
  host: { section: "api", option: "host_ip" },
  data: { section: "DEFAULT", option: "state_path" },
};

/** @throws UsageError */
export function parseFlags(
  argv: readonly string[],
  own: readonly string[] = [],
  switches: readonly string[] = [],
): ParsedFlags {
  const longs = optionFlags();
  const { values, positionals } = parse(argv, [...Object.keys(SHORT), ...longs.keys(), ...own], switches);
  const settings: Setting[] = [];
  for (const [flag, target] of [...Object.entries(SHORT), ...longs]) {
    const raw = values[flag];
    if (typeof raw === "string") settings.push({ ...target, raw, origin: "flag", where: `flag --${flag}` });
  }
  for (const text of texts(values.set)) settings.push(parseSet(text));
  return {
    files: [...texts(values["config-file"]), ...texts(values.config)],
    settings,
    own: Object.fromEntries(own.flatMap((name) => (typeof values[name] === "string" ? [[name, values[name]]] : []))),
    switches: new Set(switches.filter((name) => values[name] === true)),
    positionals,
  };
}

type FlagValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parse(
  argv: readonly string[],
  names: readonly string[],
  switches: readonly string[],
): { values: FlagValues; positionals: string[] } {
  const bare = Object.fromEntries(switches.map((name) => [name, { type: "boolean" as const }]));
  const single = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const many = { type: "string" as const, multiple: true };
  const options = { ...single, ...bare, "config-file": many, config: many, set: many };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
}

function texts(value: FlagValues[string]): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function parseSet(text: string): Setting {
  const match = /^([A-Za-z_]+)\.([a-z0-9_]+)=([\s\S]*)$/.exec(text);
  const [, section, option, raw] = match ?? [];
  if (section === undefined || option === undefined || raw === undefined)
    throw new UsageError(`--set wants SECTION.OPTION=VALUE, got "${text.split("=")[0]}"`);
  return { section, option, raw, origin: "flag", where: `flag --set ${section}.${option}` };
}

function optionFlags(): Map<string, { section: string; option: string }> {
  const flags = new Map<string, { section: string; option: string }>();
  for (const [section, group] of Object.entries(GROUPS))
    for (const option of Object.keys(group))
      flags.set(`${section.toLowerCase()}-${option.replaceAll("_", "-")}`, { section, option });
  return flags;
}

/** The one argument of a command that takes one. @throws UsageError */
export function onlyPositional({ positionals }: ParsedFlags, name: string): string {
  const [first, second] = positionals;
  if (first === undefined) throw new UsageError(`${name} is missing`);
  if (second !== undefined) throw new UsageError(`unexpected "${second}"`);
  return first;
}

/** @throws UsageError */
export function refusePositionals({ positionals }: ParsedFlags): void {
  if (positionals.length > 0) throw new UsageError(`unexpected "${positionals[0]}"`);
}
