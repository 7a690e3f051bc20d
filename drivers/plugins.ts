/** Plug-ins: modules named in [DEFAULT]driver_plugins that bring hardware types and interfaces of their own. */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { reasonOf } from "../common/errors/fault.ts";
import { INTERFACE_TYPES } from "../common/objects/node.ts";
import type { HardwareType, InterfaceEntry } from "./base/define.ts";

/**
 * The default export of a plug-in module. A hardware type whose name exists already adds its interfaces behind those of
 * the existing one, so that `{ name: "ipmi", supports: { power: ["acme"] } }` makes `acme` selectable for ipmi nodes.
 */
export interface Plugin {
  readonly interfaces?: readonly InterfaceEntry[];
  readonly hardwareTypes?: readonly PluginHardwareType[];
}
export type PluginHardwareType = Pick<HardwareType, "name"> & { readonly supports: Partial<HardwareType["supports"]> };

export interface PluginContents {
  readonly interfaces: readonly InterfaceEntry[];
  readonly hardwareTypes: readonly PluginHardwareType[];
}

/** `modules`: package names or paths (relative ones from the working folder). What fails is added to `problems`. */
export async function loadPlugins(modules: readonly string[], problems: string[]): Promise<PluginContents> {
  const interfaces: InterfaceEntry[] = [];
  const hardwareTypes: PluginHardwareType[] = [];
  for (const module of modules) {
    try {
      const plugin = pluginOf(await import(specifierOf(module)));
      interfaces.push(...(plugin.interfaces ?? []));
      hardwareTypes.push(...(plugin.hardwareTypes ?? []));
    } catch (error) {
      problems.push(
        `[DEFAULT]driver_plugins: "${module}" cannot be loaded (${reasonOf(error)}); correct the path or take it out.`,
      );
    }
  }
  return { interfaces, hardwareTypes };
}

function specifierOf(module: string): string {
  const isPath = module.startsWith(".") || isAbsolute(module);
  return isPath ? pathToFileURL(resolve(module)).href : module;
}

function pluginOf(module: { readonly default?: unknown }): Plugin {
  const found = module.default;
  if (isInterfaceEntry(found)) return { interfaces: [found] };
  if (isPlugin(found)) return found;
  throw new Error("its default export is neither defineInterface(...) nor { interfaces, hardwareTypes }");
}

function isInterfaceEntry(value: unknown): value is InterfaceEntry {
  if (typeof value !== "object" || value === null) return false;
  const { type, name, make } = value as { type?: unknown; name?: unknown; make?: unknown };
  return INTERFACE_TYPES.some((known) => known === type) && typeof name === "string" && typeof make === "function";
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { interfaces = [], hardwareTypes = [] } = value as { interfaces?: unknown; hardwareTypes?: unknown };
  return (
    Array.isArray(interfaces) &&
    interfaces.every(isInterfaceEntry) &&
    Array.isArray(hardwareTypes) &&
    hardwareTypes.every((type) => typeof type?.name === "string" && typeof type?.supports === "object")
  );
}
