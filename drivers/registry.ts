/**
 * Loads the enabled hardware types and interfaces, with those of plug-ins, and checks the configuration's lists against
 * each other. Every problem is found before anything is said.
 */
import type { Config } from "../common/config/config.ts";
import { reasonOf } from "../common/errors/fault.ts";
import { INTERFACE_TYPES, type InterfaceType } from "../common/objects/node.ts";
import type { HardwareType, InterfaceEntry } from "./base/define.ts";
import type { InterfaceOf } from "./base/interfaces.ts";
import type { DriverServices } from "./base/services.ts";
import { HARDWARE_TYPES, INTERFACES, type InterfaceLoader, LATER_INTERFACES } from "./built-in.ts";
import { createCatalogue, type DriverCatalogue, defaultOption, enabledOption } from "./catalogue.ts";
import { loadPlugins, type PluginHardwareType } from "./plugins.ts";

export type { DriverCatalogue, GivenInterfaces, InterfaceChoice } from "./catalogue.ts";

/** The configuration cannot be served as it stands; `problems` name option, value and remedy, one line each. */
export class DriverConfigurationError extends Error {
  readonly problems: readonly string[];
  override readonly name = "DriverConfigurationError";

  constructor(problems: readonly string[]) {
    super(`The configuration of drivers has ${problems.length} problem(s):\n${problems.join("\n")}`);
    this.problems = problems;
  }
}

/** Names that exist in this release: `serve:conformance` takes from it what it must leave out. */
export const BUILT_IN = {
  hardwareTypes: HARDWARE_TYPES.map((type) => type.name) as readonly string[],
  interfacesOf: (type: InterfaceType): readonly string[] => Object.keys(INTERFACES[type]),
};

/** @throws DriverConfigurationError with every problem at once */
export async function loadDrivers(services: DriverServices): Promise<DriverCatalogue> {
  const problems: string[] = [];
  const plugins = await loadPlugins(services.config.DEFAULT.driver_plugins, problems);
  const hardwareTypes = enabledTypes(services.config, mergeTypes(plugins.hardwareTypes), problems);
  const make = <T extends InterfaceType>(type: T) => makeEnabled(type, services, plugins.interfaces, problems);
  const made = {
    bios: await make("bios"),
    boot: await make("boot"),
    console: await make("console"),
    deploy: await make("deploy"),
    firmware: await make("firmware"),
    inspect: await make("inspect"),
    management: await make("management"),
    network: await make("network"),
    power: await make("power"),
    raid: await make("raid"),
    rescue: await make("rescue"),
    storage: await make("storage"),
    vendor: await make("vendor"),
  };
  for (const type of INTERFACE_TYPES) {
    checkDefault(services.config, type, problems);
    checkCoverage(services, type, hardwareTypes, problems);
  }
  if (problems.length > 0) throw new DriverConfigurationError(problems);
  return createCatalogue(hardwareTypes, made, services.config);
}

function mergeTypes(extra: readonly PluginHardwareType[]): readonly HardwareType[] {
  const merged = new Map(HARDWARE_TYPES.map((type) => [type.name, type]));
  for (const { name, supports } of extra) {
    const before = merged.get(name);
    const lists = INTERFACE_TYPES.map((type) => [type, [...(before?.supports[type] ?? []), ...(supports[type] ?? [])]]);
    merged.set(name, { ...before, name, supports: Object.fromEntries(lists) as HardwareType["supports"] });
  }
  return [...merged.values()];
}

function enabledTypes(config: Config, known: readonly HardwareType[], problems: string[]): readonly HardwareType[] {
  const option = "[DEFAULT]enabled_hardware_types";
  const names = config.DEFAULT.enabled_hardware_types;
  if (names.length === 0)
    problems.push(`${option} is empty; name at least one of: ${known.map((type) => type.name).join(", ")}.`);
  const found: HardwareType[] = [];
  for (const name of new Set(names)) {
    const type = known.find((item) => item.name === name);
    if (type !== undefined) found.push(type);
    else
      problems.push(
        unknownName(
          option,
          name,
          [],
          known.map((item) => item.name),
        ),
      );
  }
  return found;
}

async function makeEnabled<T extends InterfaceType>(
  type: T,
  services: DriverServices,
  plugins: readonly InterfaceEntry[],
  problems: string[],
): Promise<ReadonlyMap<string, InterfaceOf<T>>> {
  const table: Readonly<Record<string, InterfaceLoader<T>>> = INTERFACES[type];
  const own = plugins.filter((entry): entry is InterfaceEntry<T> => entry.type === type);
  const known = [...Object.keys(table), ...own.map((entry) => entry.name)];
  const made = new Map<string, InterfaceOf<T>>();
  for (const name of new Set(services.config.DEFAULT[enabledOption(type)])) {
    const option = `[DEFAULT]${enabledOption(type)}`;
    if (!known.includes(name)) {
      problems.push(unknownName(option, name, LATER_INTERFACES[type] ?? [], known));
      continue;
    }
    try {
      const entry = own.find((item) => item.name === name) ?? (await table[name]?.())?.default;
      if (entry !== undefined) made.set(name, entry.make(services));
    } catch (error) {
      problems.push(`${option}: "${name}" cannot be started (${reasonOf(error)}); remove the cause or take it out.`);
    }
  }
  return made;
}

function unknownName(option: string, name: string, later: readonly string[], known: readonly string[]): string {
  const why = later.includes(name) ? "is not built yet" : "is not known";
  return `${option}: "${name}" ${why}; take it out of the list or use one of: ${known.join(", ")}.`;
}

function checkDefault(config: Config, type: InterfaceType, problems: string[]): void {
  const name = config.DEFAULT[defaultOption(type)];
  if (name === null || config.DEFAULT[enabledOption(type)].includes(name)) return;
  problems.push(
    `[DEFAULT]${defaultOption(type)}: "${name}" is not enabled; add it to [DEFAULT]${enabledOption(type)} or name one of those.`,
  );
}

/** Every type needs one interface of each kind; an interface that no type can use is only worth a warning. */
function checkCoverage(
  services: DriverServices,
  type: InterfaceType,
  hardwareTypes: readonly HardwareType[],
  problems: string[],
): void {
  const option = enabledOption(type);
  const names = services.config.DEFAULT[option];
  for (const hardwareType of hardwareTypes) {
    const supported = hardwareType.supports[type];
    if (!supported.some((name) => names.includes(name)))
      problems.push(
        `[DEFAULT]${option}: none of "${names.join(", ")}" fits hardware type ${hardwareType.name}; add one of: ${supported.join(", ")}, or take the type out of [DEFAULT]enabled_hardware_types.`,
      );
  }
  const unused = names.filter((name) => !hardwareTypes.some((item) => item.supports[type].includes(name)));
  if (unused.length > 0)
    services.log.warn({ option, unused }, `[DEFAULT]${option}: no enabled hardware type can use ${unused.join(", ")}`);
}
