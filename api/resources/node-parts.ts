/** How BIOS settings and firmware components are shown. They have no UUID. Source: contract fields.json. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { BiosSetting, FirmwareComponent } from "../../common/objects/node-parts.ts";
import { linkPair } from "../engine/resource.ts";

export const BIOS_SINCE = 40;
export const BIOS_REGISTRY_SINCE = 74;
export const FIRMWARE_SINCE = 86;
const IDENTITY_SINCE = 114;

const TIMES = ["created_at", "updated_at"] as const;
const REGISTRY = [
  "attribute_type",
  "allowable_values",
  "lower_bound",
  "max_length",
  "min_length",
  "read_only",
  "reset_required",
  "unique",
  "upper_bound",
] as const;
const BIOS_FIELDS = [...TIMES, "name", "value", ...REGISTRY] as const;
const IDENTITY = ["vendor", "model", "serial_number"] as const;
const FIRMWARE_FIELDS = [
  ...TIMES,
  "component",
  "initial_version",
  "current_version",
  "last_version_flashed",
  ...IDENTITY,
] as const;

type BiosField = (typeof BIOS_FIELDS)[number];
type FirmwareField = (typeof FIRMWARE_FIELDS)[number];

/** With a choice of fields the times come too. @throws InvalidParameterValue for an unknown field */
export function chosenBiosFields(fields: readonly string[] | undefined, detail: boolean): readonly BiosField[] {
  if (fields === undefined) return detail ? BIOS_FIELDS : [...TIMES, "name", "value"];
  const chosen = fields.filter((name) => name !== "links").map((name) => pick(BIOS_FIELDS, name, "BIOS settings"));
  return [...new Set([...TIMES, ...chosen])];
}

/** @throws InvalidParameterValue for an unknown field, or one newer than `minor` */
export function chosenFirmwareFields(fields: readonly string[] | undefined, minor: number): readonly FirmwareField[] {
  const newer = (name: FirmwareField) => minor < IDENTITY_SINCE && IDENTITY.some((one) => one === name);
  if (fields === undefined) return FIRMWARE_FIELDS.filter((name) => !newer(name));
  const chosen = fields.map((name) => pick(FIRMWARE_FIELDS, name, "firmware components"));
  const refused = chosen.filter(newer);
  if (refused.length > 0)
    throw InvalidParameterValue({
      reason: `Fields ${refused.join(", ")} of firmware components need API version 1.${IDENTITY_SINCE} or newer.`,
    });
  return [...new Set([...TIMES, ...chosen])];
}

function pick<F extends string>(known: readonly F[], name: string, what: string): F {
  const found = known.find((field) => field === name);
  if (found === undefined)
    throw InvalidParameterValue({
      reason: `Field ${name.slice(0, 100)} is not a valid field of ${what}; use ${known.join(", ")}.`,
    });
  return found;
}

export function biosSettingShown(setting: BiosSetting, fields: readonly BiosField[], base: string, node: string) {
  const links = linkPair(base, `nodes/${node}/bios/${setting.name}`);
  return { ...Object.fromEntries(fields.map((name) => [name, setting[name]])), links };
}

export function firmwareShown(component: FirmwareComponent, fields: readonly FirmwareField[]) {
  return Object.fromEntries(fields.map((name) => [name, component[name]]));
}
