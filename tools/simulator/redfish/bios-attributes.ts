/** BIOS settings of the machine model, as data: the attributes, their registry, what is taken and what is not. */
import type { Body, Json } from "./exchange.ts";

interface Attribute {
  readonly name: string;
  readonly display: string;
  readonly type: "Enumeration" | "String" | "Integer" | "Boolean";
  readonly standard: Json;
  readonly values?: readonly string[];
  readonly bounds?: readonly [least: number, most: number];
  readonly isReadOnly?: true;
}

const toggle = (name: string, display: string, standard: string): Attribute => ({
  ...{ name, display, type: "Enumeration", standard, values: ["Enabled", "Disabled"] },
});

export const BIOS_ATTRIBUTES: readonly Attribute[] = [
  toggle("ProcVirtualization", "Virtualization Technology", "Enabled"),
  toggle("LogicalProc", "Logical Processor", "Enabled"),
  toggle("SriovGlobalEnable", "SR-IOV", "Disabled"),
  toggle("ProcTurboMode", "Turbo Mode", "Enabled"),
  toggle("QuietBoot", "Quiet Boot", "Disabled"),
  { name: "BootMode", display: "Boot Mode", type: "Enumeration", standard: "Uefi", values: ["Uefi", "LegacyBios"] },
  {
    ...{ name: "SysProfile", display: "System Profile", type: "Enumeration", standard: "PerfPerWatt" },
    values: ["PerfPerWatt", "Performance", "Custom"],
  },
  { name: "AssetTag", display: "Asset Tag", type: "String", standard: "" },
  { name: "NumLock", display: "Num Lock", type: "Boolean", standard: true },
  { name: "BootRetryDelay", display: "Boot Retry Delay", type: "Integer", standard: 30, bounds: [0, 600] },
  { name: "SystemModelName", display: "Model", type: "String", standard: "Simulated Server S1", isReadOnly: true },
];

export const BIOS_REGISTRY = "BiosAttributeRegistry.v1_0_0";
export const BIOS_DEFAULTS: readonly (readonly [string, Json])[] = BIOS_ATTRIBUTES.map(({ name, standard }) => [
  name,
  standard,
]);

/** Why the value is refused; null: it is taken. */
export function biosProblem(name: string, value: Json): string | null {
  const attribute = BIOS_ATTRIBUTES.find((item) => item.name === name);
  if (attribute === undefined) return `The BIOS has no attribute ${name}.`;
  if (attribute.isReadOnly) return `The attribute ${name} is read-only.`;
  const { type, values, bounds } = attribute;
  const isFit =
    type === "Boolean"
      ? typeof value === "boolean"
      : type === "Integer"
        ? typeof value === "number" && value >= (bounds?.[0] ?? 0) && value <= (bounds?.[1] ?? Number.MAX_SAFE_INTEGER)
        : typeof value === "string" && (values === undefined || values.includes(value));
  return isFit ? null : `The attribute ${name} does not take the value ${JSON.stringify(value)}.`;
}

export function biosRegistry(path: string): Body {
  const attributes = BIOS_ATTRIBUTES.map((item) => ({
    AttributeName: item.name,
    DisplayName: item.display,
    Type: item.type,
    DefaultValue: item.standard,
    ReadOnly: item.isReadOnly === true,
    ResetRequired: true,
    ...(item.values === undefined ? {} : { Value: item.values.map((ValueName) => ({ ValueName })) }),
    ...(item.bounds === undefined ? {} : { LowerBound: item.bounds[0], UpperBound: item.bounds[1] }),
    ...(item.type === "String" ? { MinLength: 0, MaxLength: 64 } : {}),
  }));
  return {
    "@odata.id": path,
    "@odata.type": "#AttributeRegistry.v1_3_6.AttributeRegistry",
    Id: BIOS_REGISTRY,
    Name: "BIOS Attribute Registry",
    Language: "en",
    OwningEntity: "ferric",
    RegistryVersion: "1.0.0",
    RegistryEntries: { Attributes: attributes },
  };
}
