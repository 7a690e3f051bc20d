/** Options under which nodes of fake hardware do everything by its fakes: what tests and benchmarks of processes start from. */
import { INTERFACE_TYPES, type InterfaceType } from "../../common/objects/node.ts";

/** Kinds that fake hardware fakes; networks and storage it leaves alone (noop). */
export const FAKED: readonly InterfaceType[] = INTERFACE_TYPES.filter(
  (type) => type !== "network" && type !== "storage",
);

/** Values as in a file. */
export const FAKE_INTERFACES: Readonly<Record<string, string>> = Object.fromEntries([
  ["enabled_hardware_types", "fake-hardware"],
  ...INTERFACE_TYPES.map((type) => [`enabled_${type}_interfaces`, FAKED.includes(type) ? "fake" : "noop"]),
]);

export const FAKE_INTERFACE_LINES = Object.entries(FAKE_INTERFACES).map(([name, value]) => `${name} = ${value}`);
