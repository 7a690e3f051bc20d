/**
 * The enabled hardware types and interfaces of one conductor: which interface a node gets, and the driver made of them.
 * Selection follows contract/drivers.json, selection_rules.
 */
import type { Config } from "../common/config/config.ts";
import {
  DriverNotFound,
  IncompatibleInterface,
  InterfaceNotFound,
  NoValidDefaultForInterface,
} from "../common/errors/driver.ts";
import { INTERFACE_TYPES, type InterfaceField, type InterfaceType, type Node } from "../common/objects/node.ts";
import type { HardwareType } from "./base/define.ts";
import type { ConsoleInterface, Driver, InterfaceOf, VendorInterface } from "./base/interfaces.ts";

/** Made interfaces by type and name: only the enabled ones. */
export type MadeInterfaces = { readonly [T in InterfaceType]: ReadonlyMap<string, InterfaceOf<T>> };
export type InterfaceChoice = { readonly default: string | null; readonly enabled: readonly string[] };
/** Interface names as a client gave them: absent, null and "" all mean "choose for me". */
export type GivenInterfaces = Readonly<Partial<Record<InterfaceField, string | null>>>;

export interface DriverCatalogue {
  /** The enabled ones, in the order of [DEFAULT]enabled_hardware_types. */
  readonly hardwareTypes: readonly HardwareType[];
  /** Enabled names in the type's order of priority. @throws DriverNotFound */
  interfacesOf(hardwareType: string): Readonly<Record<InterfaceType, InterfaceChoice>>;
  /** All thirteen names for a node to be created or changed. @throws DriverNotFound, InterfaceNotFound, IncompatibleInterface, NoValidDefaultForInterface */
  resolveInterfaces(hardwareType: string, given: GivenInterfaces): Readonly<Record<InterfaceField, string>>;
  /** @throws as resolveInterfaces */
  driverFor(node: Pick<Node, "driver"> & GivenInterfaces): Driver;
  /** The enabled console interfaces, by name. */
  consoles(): ReadonlyMap<string, ConsoleInterface>;
  /** Whether reading by the interface of this name is light; false for one that is not enabled. */
  isLight(type: InterfaceType, name: string | null): boolean;
  /** driver_info keys of the type's default interfaces, with a description each. @throws DriverNotFound */
  properties(hardwareType: string): Readonly<Record<string, string>>;
  /** Keys of a logical disk for the type's default raid interface. @throws DriverNotFound */
  logicalDiskProperties(hardwareType: string): Readonly<Record<string, string>>;
  /** The type's default vendor interface, for calls that concern no node. @throws DriverNotFound */
  vendorOf(hardwareType: string): VendorInterface;
}

export function createCatalogue(
  hardwareTypes: readonly HardwareType[],
  made: MadeInterfaces,
  config: Config,
): DriverCatalogue {
  return new LoadedCatalogue(hardwareTypes, made, config);
}

/** The node field and the configuration options that go with an interface type. */
export const fieldOf = (type: InterfaceType): InterfaceField => `${type}_interface`;
export const enabledOption = (type: InterfaceType): `enabled_${InterfaceType}_interfaces` =>
  `enabled_${type}_interfaces`;
export const defaultOption = (type: InterfaceType): `default_${InterfaceType}_interface` => `default_${type}_interface`;

class LoadedCatalogue implements DriverCatalogue {
  readonly hardwareTypes: readonly HardwareType[];
  readonly #made: MadeInterfaces;
  readonly #takingAny: ReadonlySet<string>;
  readonly #choices: ReadonlyMap<string, Readonly<Record<InterfaceType, InterfaceChoice>>>;

  constructor(hardwareTypes: readonly HardwareType[], made: MadeInterfaces, config: Config) {
    this.hardwareTypes = hardwareTypes;
    this.#made = made;
    this.#takingAny = new Set(hardwareTypes.filter((type) => type.takesAnyNamed).map((type) => type.name));
    this.#choices = new Map(hardwareTypes.map((type) => [type.name, choicesOf(type, made, config)]));
  }

  interfacesOf(hardwareType: string): Readonly<Record<InterfaceType, InterfaceChoice>> {
    const found = this.#choices.get(hardwareType);
    if (found === undefined) throw DriverNotFound({ driver: hardwareType });
    return found;
  }

  resolveInterfaces(hardwareType: string, given: GivenInterfaces): Readonly<Record<InterfaceField, string>> {
    const choices = this.interfacesOf(hardwareType);
    return recordOf(INTERFACE_TYPES, fieldOf, (type) => this.#resolve(hardwareType, type, given, choices[type]));
  }

  consoles(): ReadonlyMap<string, ConsoleInterface> {
    return this.#made.console;
  }

  isLight(type: InterfaceType, name: string | null): boolean {
    return name !== null && this.#made[type].get(name)?.light === true;
  }

  driverFor(node: Pick<Node, "driver"> & GivenInterfaces): Driver {
    const choices = this.interfacesOf(node.driver);
    const pick = <T extends InterfaceType>(type: T): InterfaceOf<T> => {
      const name = this.#resolve(node.driver, type, node, choices[type]);
      const found = this.#made[type].get(name);
      if (found === undefined) throw this.#notEnabled(node.driver, type, name);
      return found;
    };
    return {
      hardwareType: node.driver,
      bios: pick("bios"),
      boot: pick("boot"),
      console: pick("console"),
      deploy: pick("deploy"),
      firmware: pick("firmware"),
      inspect: pick("inspect"),
      management: pick("management"),
      network: pick("network"),
      power: pick("power"),
      raid: pick("raid"),
      rescue: pick("rescue"),
      storage: pick("storage"),
      vendor: pick("vendor"),
    };
  }

  properties(hardwareType: string): Readonly<Record<string, string>> {
    const choices = this.interfacesOf(hardwareType);
    const all: Record<string, string> = {};
    for (const type of INTERFACE_TYPES) {
      const name = choices[type].default;
      if (name !== null) Object.assign(all, this.#made[type].get(name)?.properties);
    }
    return all;
  }

  logicalDiskProperties(hardwareType: string): Readonly<Record<string, string>> {
    const name = this.interfacesOf(hardwareType).raid.default;
    return (name === null ? undefined : this.#made.raid.get(name)?.logicalDiskProperties()) ?? {};
  }

  vendorOf(hardwareType: string): VendorInterface {
    const name = this.interfacesOf(hardwareType).vendor.default;
    const found = name === null ? undefined : this.#made.vendor.get(name);
    if (found === undefined) throw NoValidDefaultForInterface({ kind: "vendor", driver: hardwareType });
    return found;
  }

  #resolve(driver: string, type: InterfaceType, given: GivenInterfaces, choice: InterfaceChoice): string {
    const name = given[fieldOf(type)] || choice.default;
    if (name === null) throw NoValidDefaultForInterface({ kind: type, driver });
    if (choice.enabled.includes(name)) return name;
    if (!this.#made[type].has(name)) throw this.#notEnabled(driver, type, name);
    if (this.#takingAny.has(driver)) return name;
    throw IncompatibleInterface({
      reason: `${fieldOf(type)} "${name}" does not fit hardware type ${driver}; valid are: ${choice.enabled.join(", ")}.`,
    });
  }

  #notEnabled(driver: string, type: InterfaceType, name: string) {
    return InterfaceNotFound({ kind: type, name, driver, valid: this.interfacesOf(driver)[type].enabled });
  }
}

function choicesOf(
  hardwareType: HardwareType,
  made: MadeInterfaces,
  config: Config,
): Readonly<Record<InterfaceType, InterfaceChoice>> {
  const same = <T>(value: T): T => value;
  return recordOf(INTERFACE_TYPES, same, (type) => {
    const enabled = hardwareType.supports[type].filter((name) => made[type].has(name));
    const preferred = config.DEFAULT[defaultOption(type)];
    const chosen = preferred !== null && enabled.includes(preferred) ? preferred : enabled[0];
    return { default: chosen ?? null, enabled };
  });
}

function recordOf<K extends string, F extends string, V>(
  keys: readonly K[],
  field: (key: K) => F,
  value: (key: K) => V,
): Record<F, V> {
  return Object.fromEntries(keys.map((key) => [field(key), value(key)])) as Record<F, V>;
}
