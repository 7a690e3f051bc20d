/** Lists of hardware types and interfaces cut down to what this release has, so that start does not refuse them. */
import type { Config } from "../common/config/config.ts";
import { INTERFACE_TYPES, type InterfaceType } from "../common/objects/node.ts";
import { HARDWARE_TYPES } from "../drivers/built-in.ts";
import { BUILT_IN } from "../drivers/registry.ts";

export interface Wanted {
  readonly hardwareTypes: readonly string[];
  readonly interfaces: Readonly<Record<InterfaceType, readonly string[]>>;
}

export interface BuiltSettings {
  /** `enabled_hardware_types` and `enabled_<kind>_interfaces`. */
  readonly DEFAULT: Partial<Config["DEFAULT"]>;
  /** One line a list that had to be cut; empty when nothing is missing. */
  readonly leftOut: readonly string[];
}

export function builtSettings(wanted: Wanted): BuiltSettings {
  const interfaces = listsOf((type) => {
    const built = BUILT_IN.interfacesOf(type);
    return wanted.interfaces[type].filter((name) => built.includes(name));
  });
  const hardwareTypes = wanted.hardwareTypes.filter((name) => isServable(name, interfaces));
  const lists: Partial<Record<`enabled_${InterfaceType}_interfaces`, readonly string[]>> = {};
  for (const type of INTERFACE_TYPES) lists[`enabled_${type}_interfaces`] = interfaces[type];
  const leftOut = [
    ...missing("hardware types", wanted.hardwareTypes, hardwareTypes),
    ...INTERFACE_TYPES.flatMap((type) => missing(`${type} interfaces`, wanted.interfaces[type], interfaces[type])),
  ];
  return { DEFAULT: { ...lists, enabled_hardware_types: hardwareTypes }, leftOut };
}

/** Everything there is. */
export function everythingBuilt(): Wanted {
  return { hardwareTypes: BUILT_IN.hardwareTypes, interfaces: listsOf(BUILT_IN.interfacesOf) };
}

function listsOf(list: (type: InterfaceType) => readonly string[]): Wanted["interfaces"] {
  const lists = INTERFACE_TYPES.map((type): [InterfaceType, readonly string[]] => [type, list(type)]);
  return Object.fromEntries(lists) as Record<InterfaceType, readonly string[]>;
}

/** A hardware type needs an interface of every kind. */
function isServable(name: string, interfaces: Wanted["interfaces"]): boolean {
  const type = HARDWARE_TYPES.find((item) => item.name === name);
  return (
    type !== undefined &&
    INTERFACE_TYPES.every((kind) => type.supports[kind].some((supported) => interfaces[kind].includes(supported)))
  );
}

function missing(what: string, wanted: readonly string[], have: readonly string[]): readonly string[] {
  const absent = wanted.filter((name) => !have.includes(name));
  return absent.length === 0 ? [] : [`${what}: ${absent.join(", ")}`];
}
