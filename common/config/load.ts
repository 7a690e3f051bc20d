/**
 * Loads the configuration from its sources, weakest first: defaults, files in their order, environment
 * (OS_<SECTION>__<OPTION>), flags. Every problem is found before any is reported.
 */
import { readFileSync } from "node:fs";
import { withPolicyFiles } from "./beside.ts";
import { crossCheck } from "./checks.ts";
import { type Config, type ConfigOverrides, GROUPS, type Section } from "./config.ts";
import { parseIni } from "./ini.ts";
import { interpolate } from "./interpolate.ts";
import type { Group, Option } from "./option.ts";
import { ConfigError, type ConfigProblem, type Origin } from "./problem.ts";
import { RENAMED } from "./renamed.ts";
import { unbuiltRule } from "./unbuilt.ts";

/** One option as some source wrote it. */
export interface Setting {
  readonly section: string;
  readonly option: string;
  readonly raw: string;
  readonly origin: Origin;
  /** `ironic.conf:12`, `environment OS_API__PORT`, `flag --api-port`. */
  readonly where: string;
}

export interface LoadInput {
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: readonly Setting[];
  /** Defaults of an embedded use (demo, conformance): stronger than ours, weaker than every source. */
  readonly embedded?: ConfigOverrides;
  /** False for what answers no callers: how they prove who they are need not be said then. */
  readonly servesApi?: boolean;
}

export interface LoadedConfig {
  readonly config: Config;
  /** One line each: what has no meaning here, and old names. */
  readonly warnings: readonly string[];
  originOf(section: Section, option: string): Origin;
}

/** @throws ConfigError with every problem */
export function loadConfig(input: LoadInput = {}): LoadedConfig {
  const loading = new Loading(input);
  for (const file of input.files ?? []) loading.readFile(file);
  loading.readEnvironment(input.env ?? {});
  for (const flag of input.flags ?? []) loading.add(flag);
  return loading.finish();
}

class Loading {
  readonly #input: LoadInput;
  readonly #settings = new Map<string, Setting>();
  /** What a file says under names that are no options here; `$name` may still refer to it. */
  readonly #strangers = new Map<string, string>();
  readonly #problems: ConfigProblem[] = [];
  readonly #warnings: string[] = [];

  constructor(input: LoadInput) {
    this.#input = input;
  }

  readFile(file: string): void {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#problem(file, null, file, `cannot be read: ${reason}`, "name a readable file with --config-file");
      return;
    }
    const { entries, faults } = parseIni(text);
    for (const { line, problem, remedy } of faults) this.#problem(file, null, `${file}:${line}`, problem, remedy);
    for (const { section, key, value, line } of entries)
      this.add({ section, option: key, raw: value, origin: "file", where: `${file}:${line}` });
  }

  readEnvironment(env: Readonly<Record<string, string | undefined>>): void {
    for (const [name, raw] of Object.entries(env)) {
      const match = /^OS_([A-Z0-9_]+?)__([A-Z0-9_]+)$/.exec(name);
      const section = Object.keys(GROUPS).find((key) => key.toUpperCase() === match?.[1]);
      const option = match?.[2]?.toLowerCase();
      if (section === undefined || option === undefined || raw === undefined) continue;
      this.add({ section, option, raw, origin: "environment", where: `environment ${name}` });
    }
  }

  add(setting: Setting): void {
    const renamed = RENAMED[`${setting.section}.${setting.option}`];
    if (renamed !== undefined && optionOf(renamed.section, renamed.option) !== undefined) {
      this.#warnings.push(`${setting.where}: ${show(setting)} is now called ${show(renamed)}`);
      this.#settings.set(`${renamed.section}.${renamed.option}`, { ...setting, ...renamed });
    } else if (optionOf(setting.section, setting.option) !== undefined) {
      const key = `${setting.section}.${setting.option}`;
      this.#settings.set(key, this.#joined(setting, this.#settings.get(key)));
    } else this.#addStranger(setting);
  }

  /** What may be given more than once adds up, as long as it comes from the same kind of source. */
  #joined(setting: Setting, before: Setting | undefined): Setting {
    const many = optionOf(setting.section, setting.option)?.kind === "multi";
    if (!many || before === undefined || before.origin !== setting.origin) return setting;
    return { ...setting, raw: `${before.raw}\n${setting.raw}` };
  }

  #addStranger(setting: Setting): void {
    const { section, option, raw, where } = setting;
    this.#strangers.set(`${section}.${option}`, raw);
    const rule = unbuiltRule(section, option);
    if (rule !== undefined && !rule.harmless(raw)) this.#problem(show(setting), raw, where, rule.problem, rule.remedy);
    else if (setting.origin === "flag")
      this.#problem(show(setting), null, where, "there is no such option", "see `ferric config reference`");
    else this.#warnings.push(`${where}: ${show(setting)} has no meaning here`);
  }

  finish(): LoadedConfig {
    const sections = Object.entries(GROUPS).map(([name, group]) => [name, this.#section(name, group)]);
    const config = withPolicyFiles(Object.fromEntries(sections) as Config, this.#input.files ?? []);
    const originOf = (section: Section, option: string) => this.#originOf(section, option);
    this.#problems.push(...crossCheck(config, originOf, this.#input.servesApi ?? true));
    if (this.#problems.length > 0) throw new ConfigError(this.#problems, this.#warnings);
    return { config, warnings: this.#warnings, originOf };
  }

  #section(section: string, group: Group): Record<string, unknown> {
    const embedded: Readonly<Record<string, unknown>> = this.#input.embedded?.[section as Section] ?? {};
    return Object.fromEntries(
      Object.entries(group).map(([name, option]) => {
        const fallback = name in embedded ? embedded[name] : this.#default(option);
        return [name, this.#value(section, name, option, fallback)];
      }),
    );
  }

  #value(section: string, name: string, option: Option<unknown>, fallback: unknown): unknown {
    const setting = this.#settings.get(`${section}.${name}`);
    const where = setting?.where ?? this.#defaultWhere();
    const rule = unbuiltRule(section, name);
    try {
      const raw = setting === undefined ? null : interpolate(setting.raw, section, this.#lookup);
      const value = raw === null ? fallback : option.parse(raw);
      const text = String(value ?? "");
      if (rule !== undefined && !rule.harmless(text))
        this.#problem(show({ section, option: name }), text, where, rule.problem, rule.remedy);
      return value;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      const written = option.secret ? null : (setting?.raw ?? null);
      this.#problem(show({ section, option: name }), written, where, problem, "correct it or remove it");
      return fallback;
    }
  }

  #lookup = (section: string, name: string): string | undefined => {
    const written = this.#settings.get(`${section}.${name}`)?.raw ?? this.#strangers.get(`${section}.${name}`);
    if (written !== undefined) return written;
    const option = optionOf(section, name);
    if (option === undefined) return undefined;
    const value = this.#default(option);
    return Array.isArray(value) ? value.join(",") : String(value ?? "");
  };

  /** With a file, options of a security meaning take Ironic's own default. */
  #default(option: Option<unknown>): unknown {
    return this.#hasFile && option.withFile !== undefined ? option.withFile : option.default;
  }

  get #hasFile(): boolean {
    return (this.#input.files ?? []).length > 0;
  }

  #defaultWhere(): string {
    return this.#hasFile ? "default when a configuration file is given" : "default";
  }

  #originOf(section: Section, option: string): Origin {
    const setting = this.#settings.get(`${section}.${option}`);
    if (setting !== undefined) return setting.origin;
    const embedded: Readonly<Record<string, unknown>> = this.#input.embedded?.[section] ?? {};
    return option in embedded ? "embedded" : "default";
  }

  #problem(option: string, value: string | null, where: string, problem: string, remedy: string): void {
    this.#problems.push({ option, value, where, problem, remedy });
  }
}

function optionOf(section: string, option: string): Option<unknown> | undefined {
  if (!Object.hasOwn(GROUPS, section)) return undefined;
  const group: Group = GROUPS[section as Section];
  return Object.hasOwn(group, option) ? group[option] : undefined;
}

function show({ section, option }: { readonly section: string; readonly option: string }): string {
  return `[${section}]${option}`;
}
