/** What the ramdisk has found out about the machine, as hooks read and extend it (contract/agent-api.json, inspection). */
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import { textOf } from "../reading.ts";

export interface InspectionData {
  readonly inventory: JsonObject;
  /** Everything beside the inventory; hooks add to it, and it is kept with the inventory. */
  readonly plugin: Record<string, Json>;
}

/** A network card of the inventory, with whether the machine booted from it. */
export type NetworkCard = JsonObject & { readonly name: string; readonly pxe_enabled: boolean };

export function objectAt(from: JsonObject, key: string): JsonObject {
  const value = from[key];
  return isJsonObject(value) ? value : {};
}

export function cardsOf(data: InspectionData): readonly NetworkCard[] {
  const found = data.inventory.interfaces;
  const boot = bootMac(data);
  return (Array.isArray(found) ? found : [])
    .filter((item: Json): item is JsonObject => isJsonObject(item))
    .map((item) => ({
      ...item,
      name: writtenOf(item.name ?? item.mac_address ?? ""),
      ipv6_address: item.ipv6_address ?? null,
      pxe_enabled: boot !== null && macOf(item) === boot,
    }));
}

/** The address that the machine booted from; null when the ramdisk does not say. */
export function bootMac(data: InspectionData): string | null {
  const told = textOf(objectAt(data.inventory, "boot").pxe_interface) ?? textOf(data.plugin.boot_interface);
  return told === null ? null : asMac(told);
}

/** In lower case with colons; null for what is no address, or is nobody's. */
export function macOf(card: JsonObject): string | null {
  const text = textOf(card.mac_address);
  const mac = text === null ? null : asMac(text);
  return mac === "00:00:00:00:00:00" || mac === "ff:ff:ff:ff:ff:ff" ? null : mac;
}

/** Also BOOTIF's form, with the hardware type in front: 01-aa-bb-cc-dd-ee-ff. */
function asMac(text: string): string | null {
  const bare = text.trim().toLowerCase().replaceAll("-", ":");
  const mac = /^01(:[0-9a-f]{2}){6}$/.test(bare) ? bare.slice(3) : bare;
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) ? mac : null;
}
