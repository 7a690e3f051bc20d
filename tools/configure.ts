/** From a command line to a loaded configuration and its log. */

import { type Config, type ConfigOverrides, GROUPS } from "../common/config/config.ts";
import { type LoadedConfig, loadConfig } from "../common/config/load.ts";
import type { Option } from "../common/config/option.ts";
import { createLogger, type Logger } from "../common/log.ts";
import { type ParsedFlags, parseFlags } from "./flags.ts";
import { refuseBuiltWithPlugins } from "./needs-sources.ts";

export interface Configured extends LoadedConfig {
  readonly flags: ParsedFlags;
}

export interface ConfigureOptions {
  readonly own?: readonly string[];
  readonly switches?: readonly string[];
  readonly embedded?: ConfigOverrides;
  /** As LoadInput.servesApi. */
  readonly servesApi?: boolean;
  /** False for a process that has no conductor. */
  readonly loadsDrivers?: boolean;
}

/** @throws UsageError, ConfigError, NeedsSources */
export function configure(argv: readonly string[], options: ConfigureOptions = {}): Configured {
  const flags = parseFlags(argv, options.own, options.switches);
  const embedded = options.embedded === undefined ? {} : { embedded: options.embedded };
  const served = options.servesApi === undefined ? {} : { servesApi: options.servesApi };
  const loaded = loadConfig({ files: flags.files, env: process.env, flags: flags.settings, ...embedded, ...served });
  if (options.loadsDrivers !== false) refuseBuiltWithPlugins(loaded.config);
  forgetSecrets();
  return { ...loaded, flags };
}

/** Children inherit the environment, and need none of the secrets in it. */
function forgetSecrets(): void {
  for (const [section, group] of Object.entries(GROUPS))
    for (const [name, option] of Object.entries<Option<unknown>>(group))
      if (option.secret === true) delete process.env[`OS_${section.toUpperCase()}__${name.toUpperCase()}`];
}

export function logOf(config: Config): Logger {
  return createLogger({ level: config.DEFAULT.debug ? "debug" : "info", file: config.DEFAULT.log_file });
}

/** Warnings are lines of the log once there is one, so that they are found where the rest is. */
export function logWarnings(log: Logger, warnings: readonly string[]): void {
  for (const warning of warnings) log.warn({ area: "configuration" }, warning);
}
