/** The boot mode a node is to use, from what operators write about it. */
import type { Config } from "../common/config/config.ts";
import { InvalidParameterValue } from "../common/errors/request.ts";
import { isJsonObject, type Json, writtenOf } from "../common/json.ts";
import type { Node } from "../common/objects/node.ts";
import type { BootMode } from "../common/states.ts";

type Wishes = Pick<Node, "instance_info" | "properties">;

/** What is asked for, else the mode read from the machine, else [deploy]default_boot_mode. @throws as wantedBootMode */
export function bootModeOf(node: Wishes & Pick<Node, "boot_mode">, config: Config): BootMode {
  return wantedBootMode(node) ?? modeOf(node.boot_mode) ?? config.deploy.default_boot_mode;
}

/**
 * The mode that the node asks for: instance_info/deploy_boot_mode, instance_info/capabilities, properties/capabilities,
 * in this order; null when none does. @throws InvalidParameterValue naming the field and the values it may have
 */
export function wantedBootMode(node: Wishes): BootMode | null {
  return (
    asked("instance_info/deploy_boot_mode", node.instance_info.deploy_boot_mode) ??
    asked("instance_info/capabilities, boot_mode", capability(node.instance_info.capabilities, "boot_mode")) ??
    asked("properties/capabilities, boot_mode", capability(node.properties.capabilities, "boot_mode"))
  );
}

/** One capability of a text "key:value,key:value", or of an object (as JSON or as text of JSON). */
export function capability(capabilities: Json | undefined, name: string): string | null {
  if (isJsonObject(capabilities)) {
    const value = capabilities[name];
    return value === undefined ? null : writtenOf(value);
  }
  if (typeof capabilities !== "string") return null;
  if (capabilities.trim().startsWith("{")) return capability(parsed(capabilities), name);
  const pair = capabilities.split(",").find((item) => item.trim().startsWith(`${name}:`));
  return pair === undefined ? null : pair.slice(pair.indexOf(":") + 1).trim();
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function asked(field: string, value: Json | undefined): BootMode | null {
  if (value === undefined || value === null || value === "") return null;
  const mode = modeOf(value);
  if (mode === null)
    throw InvalidParameterValue({ reason: `${field} is ${JSON.stringify(value)}; expected "bios" or "uefi".` });
  return mode;
}

function modeOf(value: Json | undefined): BootMode | null {
  return value === "bios" || value === "uefi" ? value : null;
}
