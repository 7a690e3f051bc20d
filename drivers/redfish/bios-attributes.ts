/** BIOS attributes of a machine: as they are, as they are described, and changed for its next start. Source: DSP2046, Bios. */
import type { Json, JsonObject } from "../../common/json.ts";
import type { NewBiosSetting } from "../../common/objects/node-parts.ts";
import type { Fields } from "./client/fields.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";

/** Null: the BMC shows none. @throws RedfishError */
export async function biosOf(system: System): Promise<Resource | null> {
  try {
    return await system.resource.follow("Bios");
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported")) return null;
    throw error;
  }
}

/** Where changes are written, which wait there for the next start. @throws RedfishError */
export async function settingsOf(bios: Resource): Promise<Resource> {
  const path = bios.object("@Redfish.Settings").link("SettingsObject");
  return path === null ? bios : await bios.calls.get(path);
}

/** @throws RedfishError */
export async function writeAttributes(bios: Resource, attributes: JsonObject): Promise<void> {
  const times = bios.object("@Redfish.Settings").texts("SupportedApplyTimes");
  const settings = await settingsOf(bios);
  // A BMC with several apply times may take "at once" for its own where none is named.
  const apply = times.includes("OnReset") ? { "@Redfish.SettingsApplyTime": { ApplyTime: "OnReset" } } : {};
  await settings.patch({ Attributes: attributes, ...apply });
}

/** What the API shows of them, with what the registry tells of each where there is one. @throws RedfishError */
export async function readBiosSettings(bios: Resource): Promise<readonly NewBiosSetting[]> {
  const registry = await registryOf(bios);
  const { json } = bios.object("Attributes");
  return Object.entries(json).map(([name, value]) => ({
    name,
    value: shown(value),
    ...described(registry.get(name)),
  }));
}

const shown = (value: Json): string | null =>
  value === null ? null : typeof value === "object" ? JSON.stringify(value) : String(value);

function described(entry: Fields | undefined): Partial<NewBiosSetting> {
  if (entry === undefined) return {};
  return {
    attribute_type: entry.text("Type"),
    allowable_values: entry.objects("Value").flatMap((value) => value.text("ValueName") ?? []),
    lower_bound: entry.number("LowerBound"),
    upper_bound: entry.number("UpperBound"),
    min_length: entry.number("MinLength"),
    max_length: entry.number("MaxLength"),
    read_only: entry.boolean("ReadOnly"),
    reset_required: entry.boolean("ResetRequired"),
    unique: entry.boolean("IsSystemUniqueProperty"),
  };
}

/** Attributes by name; empty where the BMC has no registry of its own, or one that cannot be read: it only adds words. */
async function registryOf(bios: Resource): Promise<ReadonlyMap<string, Fields>> {
  const name = bios.text("AttributeRegistry");
  if (name === null) return new Map();
  try {
    const path = await registryPath(bios, name);
    const registry = path === null ? null : await bios.calls.find(path);
    const entries = registry?.object("RegistryEntries").objects("Attributes") ?? [];
    return new Map(
      entries.flatMap((entry) => (entry.has("AttributeName") ? [[entry.needText("AttributeName"), entry]] : [])),
    );
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported", "refused", "malformed", "failed", "redirected")) return new Map();
    throw error;
  }
}

async function registryPath(bios: Resource, name: string): Promise<string | null> {
  const registries = (await bios.calls.root()).link("Registries");
  if (registries === null) return null;
  const paths = await bios.calls.memberPaths(registries);
  // Named as the registry, with or without its version.
  const bare = name.split(".")[0] ?? name;
  const near = paths.filter((path) => path.includes(bare));
  for (const path of near.length > 0 ? near : paths) {
    const file = await bios.calls.find(path);
    if (file === null || (file.text("Registry") !== name && file.text("Id") !== name && !path.includes(name))) continue;
    const locations = file.objects("Location");
    const english = locations.find((one) => one.text("Language")?.startsWith("en")) ?? locations[0];
    return english?.link("Uri") ?? null;
  }
  return null;
}
