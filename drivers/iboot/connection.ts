/** How to reach an iBoot: the iboot_* keys of driver_info (Ironic's names), checked once and typed after. */
import type { JsonObject } from "../../common/json.ts";
import { hostOf, integerOf, missing, oneOf, portOf, secretOf, wrong } from "../driver-info.ts";

export const IBOOT_PROPERTIES: Readonly<Record<string, string>> = {
  iboot_address: "Host name or address of the iBoot. Required.",
  iboot_username: "User on the iBoot. Required for the protocol dxp.",
  iboot_password:
    "Password of the user; for the protocol tcp that of power control. Required. It crosses the network readable.",
  iboot_port: "TCP port of the iBoot; 9100 when absent. Optional.",
  iboot_relay_id: "Number of the outlet that feeds the machine; 1 when absent. Optional.",
  iboot_protocol:
    "What the iBoot speaks: dxp (default: iBoot-G2, iBoot-PDU, iBootBar) or tcp (older ones, one outlet). Optional.",
};

export interface IbootConnection {
  readonly address: string;
  readonly port: number;
  readonly protocol: "dxp" | "tcp";
  /** Null for tcp. */
  readonly username: string | null;
  readonly password: string;
  readonly relay: number;
}

/** What the protocols have room for, without a closing zero. */
const ROOM = { dxp: 20, tcp: 10 } as const;

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function ibootOf(info: JsonObject): IbootConnection {
  const address = hostOf(info, "iboot_address", "the iBoot");
  const protocol = oneOf(info, "iboot_protocol", ["dxp", "tcp"] as const, "dxp");
  const username = protocol === "dxp" ? secretOf(info, "iboot_username", ROOM.dxp) : null;
  if (protocol === "dxp" && username === null) throw missing("iboot_username", "set it to a user on the iBoot");
  const password = secretOf(info, "iboot_password", ROOM[protocol]);
  if (password === null) throw missing("iboot_password", "set it to the password on the iBoot");
  const relay = integerOf(info, "iboot_relay_id", {
    least: 1,
    most: 255,
    what: "the number of an outlet",
    standard: 1,
  });
  if (protocol === "tcp" && relay !== 1)
    throw wrong("iboot_relay_id", String(relay), "1, the only outlet that the protocol tcp knows; use dxp for others");
  return { address, protocol, username, password, relay, port: portOf(info, "iboot_port", 9100) };
}
