/** What a machine starts from next, and in which mode. Source: DSP2046, ComputerSystem, Boot. */
import type { JsonObject } from "../../../common/json.ts";
import { isTrouble } from "./redfish-error.ts";
import type { System } from "./system.ts";

export type BootTarget =
  | "None"
  | "Pxe"
  | "Hdd"
  | "Cd"
  | "UsbCd"
  | "Usb"
  | "Floppy"
  | "BiosSetup"
  | "UefiHttp"
  | "UefiTarget";
export type OverrideMode = "UEFI" | "Legacy";

export interface BootOverride {
  readonly target: BootTarget;
  /** "Once": for one start. */
  readonly enabled: "Once" | "Continuous" | "Disabled";
  /** Left as it is when absent, unless the BMC wants it told. */
  readonly mode?: OverrideMode;
  /** For UefiHttp. */
  readonly httpBootUri?: string;
}

/** Null where the BMC says nothing. */
export function bootOverrideOf(system: System): {
  target: string | null;
  enabled: string | null;
  mode: OverrideMode | null;
} {
  const boot = system.resource.object("Boot");
  const mode = boot.text("BootSourceOverrideMode")?.toLowerCase() ?? "";
  return {
    target: boot.text("BootSourceOverrideTarget"),
    enabled: boot.text("BootSourceOverrideEnabled"),
    mode: mode === "uefi" ? "UEFI" : mode === "legacy" ? "Legacy" : null,
  };
}

/** Targets that the BMC says it takes; null: it does not say. */
export function bootTargetsOf(system: System): readonly string[] | null {
  return system.resource.object("Boot").allowable("BootSourceOverrideTarget");
}

/** @throws RedfishError */
export async function setBootOverride(system: System, wanted: BootOverride): Promise<void> {
  const mode = wanted.mode ?? (system.quirks.bootWithMode ? bootOverrideOf(system).mode : null);
  const boot = {
    BootSourceOverrideTarget: wanted.target,
    BootSourceOverrideEnabled: wanted.enabled,
    ...(mode === null ? {} : { BootSourceOverrideMode: mode }),
    ...(wanted.httpBootUri === undefined ? {} : { HttpBootUri: wanted.httpBootUri }),
  };
  try {
    await change(system, boot);
  } catch (error) {
    // Some refuse a value that is set already, though only this one.
    const before = bootOverrideOf(system);
    const { BootSourceOverrideEnabled: _, ...rest } = boot;
    if (!isTrouble(error, "refused") || before.enabled !== wanted.enabled) throw error;
    await change(system, rest);
  }
}

/** The mode alone, with the boot source as it is. @throws RedfishError */
export async function setBootSourceMode(system: System, mode: OverrideMode): Promise<void> {
  await change(system, { BootSourceOverrideMode: mode });
}

async function change(system: System, boot: JsonObject): Promise<void> {
  const { resource, quirks, calls } = system;
  const settings = resource.object("@Redfish.Settings").link("SettingsObject");
  if (quirks.bootInSettings && settings !== null) {
    await (await calls.get(settings)).patch({ Boot: boot });
    return;
  }
  await calls.patch(resource.path, { Boot: boot }, resource.etag);
}
