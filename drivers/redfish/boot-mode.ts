/** Boot mode and secure boot. Both take effect with the machine's next start. Sources: DSP2046, ComputerSystem, Bios and SecureBoot. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import type { Json } from "../../common/json.ts";
import type { BootMode } from "../../common/states.ts";
import { biosOf, writeAttributes } from "./bios-attributes.ts";
import { bootOverrideOf, setBootSourceMode } from "./client/boot-override.ts";
import { REPEATABLE } from "./client/lost-answer.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";

/** Null: the BMC does not say. @throws RedfishError */
export async function bootModeOfSystem(system: System): Promise<BootMode | null> {
  const attribute = system.quirks.bootModeAttribute;
  if (attribute !== null) {
    const value = (await biosOf(system))?.object("Attributes").text(attribute.name);
    if (value === attribute.bios) return "bios";
    if (value === attribute.uefi) return "uefi";
  }
  const { mode } = bootOverrideOf(system);
  return mode === "UEFI" ? "uefi" : mode === "Legacy" ? "bios" : null;
}

/** @throws RedfishError */
export async function changeBootMode(system: System, mode: BootMode): Promise<void> {
  const attribute = system.quirks.bootModeAttribute;
  const bios = attribute === null ? null : await biosOf(system);
  if (attribute === null || bios === null || !bios.object("Attributes").has(attribute.name))
    return await setBootSourceMode(system, mode === "uefi" ? "UEFI" : "Legacy");
  const wanted: Json = mode === "uefi" ? attribute.uefi : attribute.bios;
  await writeAttributes(bios, { [attribute.name]: wanted });
}

/** Null: the machine has none. @throws RedfishError */
export async function secureBootOf(system: System): Promise<boolean | null> {
  const secureBoot = await system.resource.follow("SecureBoot");
  if (secureBoot === null) return null;
  const current = secureBoot.text("SecureBootCurrentBoot");
  return secureBoot.boolean("SecureBootEnable") ?? (current === null ? null : current === "Enabled");
}

/** @throws RedfishError, UnsupportedDriverExtension when the machine has no secure boot */
export async function changeSecureBoot(system: System, driver: string, enabled: boolean): Promise<void> {
  const secureBoot = await secureBootResource(system, driver);
  if (secureBoot.boolean("SecureBootEnable") === enabled) return;
  await secureBoot.patch({ SecureBootEnable: enabled });
}

/** @throws RedfishError, UnsupportedDriverExtension */
export async function resetSecureBootKeys(
  system: System,
  driver: string,
  kind: "ResetAllKeysToDefault" | "DeleteAllKeys",
): Promise<void> {
  const secureBoot = await secureBootResource(system, driver);
  await secureBoot.act("SecureBoot.ResetKeys", { ResetKeysType: kind }, { look: REPEATABLE });
}

async function secureBootResource(system: System, driver: string): Promise<Resource> {
  const found = await system.resource.follow("SecureBoot");
  if (found === null) throw UnsupportedDriverExtension({ driver, extension: "secure boot: the BMC shows none" });
  return found;
}
