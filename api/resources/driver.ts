/** Drivers (hardware types) as the live conductors registered them. Source: contract fields.json. */
import type { Conductor, HardwareInterfaceRow } from "../../common/objects/conductor.ts";
import { INTERFACE_TYPES, type InterfaceType } from "../../common/objects/node.ts";
import { type ComputedDef, defineResource, linkPair } from "../engine/resource.ts";

export interface DriverRecord {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly type: "dynamic";
  readonly interfaces: Readonly<
    Partial<Record<InterfaceType, { preferred: string | null; enabled: readonly string[] }>>
  >;
}

const TYPE_SINCE = 30;

const INTERFACE_SINCE: Readonly<Partial<Record<InterfaceType, number>>> = {
  storage: 33,
  rescue: 38,
  bios: 40,
  firmware: 86,
};

function interfaceKeys(): Readonly<Record<string, ComputedDef<DriverRecord>>> {
  const keys: Record<string, ComputedDef<DriverRecord>> = {};
  for (const type of INTERFACE_TYPES) {
    const since = INTERFACE_SINCE[type] ?? TYPE_SINCE;
    keys[`default_${type}_interface`] = {
      since,
      needs: ["interfaces"],
      schema: { type: ["string", "null"] },
      value: (record) => record.interfaces[type]?.preferred ?? null,
    };
    keys[`enabled_${type}_interfaces`] = {
      since,
      needs: ["interfaces"],
      schema: { type: "array", items: { type: "string" } },
      value: (record) => record.interfaces[type]?.enabled ?? [],
    };
  }
  return keys;
}

export const driver = defineResource<DriverRecord, "interfaces">({
  name: "driver",
  collection: "drivers",
  id: "name",
  summary: ["name", "hosts", "properties", "type"],
  fields: {
    name: { schema: { type: "string" } },
    hosts: { schema: { type: "array", items: { type: "string" } } },
    type: { since: TYPE_SINCE, schema: { enum: ["classic", "dynamic"] } },
  },
  computed: {
    links: { needs: ["name"], value: (record, view) => linkPair(view.base, `drivers/${record.name}`) },
    properties: {
      since: 14,
      needs: ["name"],
      value: (record, view) => linkPair(view.base, `drivers/${record.name}/properties`),
    },
    ...interfaceKeys(),
  },
});

/** The drivers that live conductors offer, by name. */
export function driversOf(
  conductors: readonly Conductor[],
  rows: readonly HardwareInterfaceRow[],
): readonly DriverRecord[] {
  const hosts = new Map<string, string[]>();
  for (const { hostname, drivers } of conductors) {
    for (const name of drivers) hosts.set(name, [...(hosts.get(name) ?? []), hostname]);
  }
  return [...hosts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, offering]) => ({
      name,
      hosts: offering,
      type: "dynamic",
      interfaces: interfacesOf(rows.filter((row) => row.hardware_type === name && offering.includes(row.hostname))),
    }));
}

function interfacesOf(rows: readonly HardwareInterfaceRow[]): DriverRecord["interfaces"] {
  const interfaces: Partial<Record<InterfaceType, { preferred: string | null; enabled: readonly string[] }>> = {};
  for (const { interface_type: type, interface_name: name, is_default } of rows) {
    const before = interfaces[type];
    const enabled = before?.enabled ?? [];
    interfaces[type] = {
      preferred: is_default ? name : (before?.preferred ?? null),
      enabled: enabled.includes(name) ? enabled : [...enabled, name],
    };
  }
  return interfaces;
}
