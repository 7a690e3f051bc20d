/** Where a port is cabled to. Source: contract schemas/local-link-connection.json. */
import { InvalidParameterValue, NotAcceptable } from "../../common/errors/request.ts";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { JsonSchema, Kind } from "../engine/values.ts";

const TEXT = { type: "string" };
const VTEP_KEYS = ["vtep-logical-switch", "vtep-physical-switch"] as const;
const VTEP_SINCE = 90;
const VTEP_UNTIL = 104;
const NETWORK_TYPE_SINCE = 64;

/** One of the accepted sets of keys. */
function form(required: readonly string[], networkTypes: readonly string[] = ["managed", "unmanaged"]): JsonSchema {
  return {
    type: "object",
    properties: {
      port_id: TEXT,
      // A MAC address or the 16 hex digits of an OpenFlow datapath id.
      switch_id: { type: "string", pattern: "^(([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{16})$" },
      hostname: TEXT,
      switch_info: TEXT,
      network_type: { enum: networkTypes },
      "vtep-logical-switch": TEXT,
      "vtep-physical-switch": TEXT,
    },
    required,
    additionalProperties: false,
    dependencies: { "vtep-logical-switch": ["vtep-physical-switch"], "vtep-physical-switch": ["vtep-logical-switch"] },
  };
}

export const localLink: Kind = {
  schema: {
    anyOf: [
      { type: "null" },
      { type: "object", maxProperties: 0 },
      form(["port_id", "switch_id"]),
      form(["port_id", "hostname"]),
      form(["network_type"], ["unmanaged"]),
      form(["port_id", ...VTEP_KEYS]),
    ],
  },
  convert: (value) => (isJsonObject(value) ? withLowerSwitch(value) : {}),
};

function withLowerSwitch(link: JsonObject): JsonObject {
  return typeof link.switch_id === "string" ? { ...link, switch_id: link.switch_id.toLowerCase() } : link;
}

function hasVtep(link: JsonObject): boolean {
  return VTEP_KEYS.some((key) => key in link);
}

const knowsVtep = (minor: number) => minor >= VTEP_SINCE && minor <= VTEP_UNTIL;

/** @throws NotAcceptable for keys that this minor does not have */
export function checkLocalLinkVersion(link: unknown, minor: number): void {
  if (!isJsonObject(link)) return;
  if (hasVtep(link) && !knowsVtep(minor)) {
    throw NotAcceptable({
      reason: `local_link_connection with vtep keys needs an API version from 1.${VTEP_SINCE} to 1.${VTEP_UNTIL}.`,
    });
  }
  if ("network_type" in link && minor < NETWORK_TYPE_SINCE) {
    throw NotAcceptable({
      reason: `local_link_connection/network_type needs API version 1.${NETWORK_TYPE_SINCE} or newer.`,
    });
  }
}

/** A smart NIC is told apart by its port and host name. A link that is not known yet says nothing. @throws InvalidParameterValue */
export function checkSmartNic(isSmartNic: boolean | null | undefined, link: unknown): void {
  if (isSmartNic !== true || !isJsonObject(link) || Object.keys(link).length === 0) return;
  if ("port_id" in link && "hostname" in link) return;
  throw InvalidParameterValue({
    reason: 'local_link_connection: a port with is_smartnic needs "port_id" and "hostname" in it.',
  });
}

/** Links with vtep keys are shown in their own versions only. */
export function shownLocalLink(link: JsonObject, minor: number): JsonObject {
  return hasVtep(link) && !knowsVtep(minor) ? {} : link;
}
