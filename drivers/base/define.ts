/** How an interface file presents itself to the registry: one file, one default export. */
import type { InterfaceType } from "../../common/objects/node.ts";
import type { InterfaceOf } from "./interfaces.ts";
import type { DriverServices } from "./services.ts";

export interface InterfaceEntry<T extends InterfaceType = InterfaceType> {
  readonly type: T;
  readonly name: string;
  make(services: DriverServices): InterfaceOf<T>;
}

export function defineInterface<T extends InterfaceType>(
  type: T,
  name: string,
  make: (services: DriverServices) => InterfaceOf<T>,
): InterfaceEntry<T> {
  return { type, name, make };
}

/** Ordered: the first enabled name of a type is the default. */
export interface HardwareType {
  readonly name: string;
  readonly supports: Readonly<Record<InterfaceType, readonly string[]>>;
  /** A node may name any enabled interface, also one beside the list: for tests of interfaces without their hardware. */
  readonly takesAnyNamed?: true;
}
