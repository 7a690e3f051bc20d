/** How to reach a node's BMC: the ipmi_* keys of driver_info, checked once and typed after. */
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import { oneOf, portOf, wordOf, wrong } from "../driver-info.ts";
import { booleanOf } from "../reading.ts";
import type { Bridge } from "./client/message.ts";

/** Keys that every IPMI interface reads. */
export const PROPERTIES: Readonly<Record<string, string>> = {
  ipmi_address: "Host name or address of the BMC. Required.",
  ipmi_port: "UDP port of the BMC; 623 when absent. Optional.",
  ipmi_username: "User on the BMC; the empty user when absent. Optional.",
  ipmi_password: "Password of the user. Optional.",
  ipmi_hex_kg_key: "Kg key (BMC key) of IPMI 2.0 in hexadecimal digits. Optional.",
  ipmi_priv_level: "Privilege to ask for: ADMINISTRATOR (default), OPERATOR, USER or CALLBACK. Optional.",
  ipmi_protocol_version: "IPMI version: 2.0 (default) or 1.5. Optional.",
  ipmi_cipher_suite: "Number of the cipher suite; 17 and 3 are tried when absent. Optional.",
  ipmi_bridging: 'Bridged access: "no" (default), "single" or "dual". Optional.',
  ipmi_local_address: "Own IPMB address for bridged access. Optional.",
  ipmi_target_channel: "Channel of the target. Required for single and dual bridging.",
  ipmi_target_address: "Address of the target. Required for single and dual bridging.",
  ipmi_transit_channel: "Channel of the transit hop. Required for dual bridging.",
  ipmi_transit_address: "Address of the transit hop. Required for dual bridging.",
  ipmi_force_boot_device: "Set the boot device again at every power on, for BMCs that forget it; default false.",
  ipmi_disable_boot_timeout:
    "Tell the BMC not to forget the boot device after 60 s; [ipmi]disable_boot_timeout when absent.",
};

export type PrivilegeLevel = "ADMINISTRATOR" | "OPERATOR" | "USER" | "CALLBACK";

export interface IpmiConnection {
  readonly address: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string;
  /** Raw bytes, one character each; at most 20. */
  readonly kgKey: string | null;
  readonly privilege: PrivilegeLevel;
  readonly version: "2.0" | "1.5";
  readonly cipherSuite: string | null;
  /** Null: the BMC itself. */
  readonly bridge: Bridge | null;
  readonly forceBootDevice: boolean;
  /** Null: as the service is configured. */
  readonly disableBootTimeout: boolean | null;
}

const LEVELS: readonly PrivilegeLevel[] = ["ADMINISTRATOR", "OPERATOR", "USER", "CALLBACK"];
const BRIDGES: Readonly<Record<string, readonly string[]>> = {
  no: [],
  single: ["target_channel", "target_address"],
  dual: ["target_channel", "target_address", "transit_channel", "transit_address"],
};
/** Channel numbers have four bits (6.3). */
const LAST_CHANNEL = 15;
/** What the protocol has room for (IPMI 2.0, 22.30 Set User Password; 1.5 has 16). */
const PASSWORD_BYTES = { "2.0": 20, "1.5": 16 } as const;

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function connectionOf(driverInfo: JsonObject): IpmiConnection {
  const address = wordOf(driverInfo.ipmi_address);
  if (address === null)
    throw MissingParameterValue({
      reason: "driver_info/ipmi_address is missing; set it to the host name or address of the BMC.",
    });
  if (!/^[A-Za-z0-9.:%_[\]-]+$/.test(address) || address.startsWith("-"))
    throw wrong("ipmi_address", address, "a host name or address");
  const version = oneOf(driverInfo, "ipmi_protocol_version", ["2.0", "1.5"] as const, "2.0");
  return {
    address,
    port: portOf(driverInfo, "ipmi_port", 623),
    username: wordOf(driverInfo.ipmi_username),
    password: passwordOf(driverInfo.ipmi_password, PASSWORD_BYTES[version]),
    kgKey: kgKeyOf(driverInfo.ipmi_hex_kg_key),
    privilege: oneOf(driverInfo, "ipmi_priv_level", LEVELS, "ADMINISTRATOR"),
    version,
    cipherSuite: cipherSuiteOf(driverInfo.ipmi_cipher_suite, version),
    bridge: bridgeOf(driverInfo),
    forceBootDevice: booleanOf(driverInfo.ipmi_force_boot_device) ?? false,
    disableBootTimeout: booleanOf(driverInfo.ipmi_disable_boot_timeout),
  };
}

function passwordOf(value: Json | undefined, most: number): string {
  const password = wordOf(value) ?? "";
  const bytes = Buffer.byteLength(password);
  if (bytes > most)
    throw InvalidParameterValue({
      reason: `driver_info/ipmi_password has ${bytes} bytes; IPMI allows ${most}: set a shorter one on the BMC and here.`,
    });
  if (/[\n\r\0]/.test(password))
    throw InvalidParameterValue({ reason: "driver_info/ipmi_password must not contain line breaks or NUL." });
  return password;
}

/** Trailing zero bytes are padding. */
function kgKeyOf(value: Json | undefined): string | null {
  const hex = wordOf(value);
  if (hex === null) return null;
  if (!/^([0-9a-fA-F]{2}){1,20}$/.test(hex))
    throw InvalidParameterValue({ reason: "driver_info/ipmi_hex_kg_key must be 2 to 40 hexadecimal digits in pairs." });
  const key = Buffer.from(hex, "hex").toString("latin1").replace(/\0+$/, "");
  return key === "" ? null : key;
}

function cipherSuiteOf(value: Json | undefined, version: string): string | null {
  const suite = wordOf(value);
  if (suite === null) return null;
  if (!/^\d{1,3}$/.test(suite))
    throw wrong("ipmi_cipher_suite", suite, "the number of a cipher suite, such as 17 or 3");
  if (version === "1.5") throw wrong("ipmi_cipher_suite", suite, "no value with ipmi_protocol_version 1.5");
  return suite;
}

function bridgeOf(info: JsonObject): Bridge | null {
  const kind = oneOf(info, "ipmi_bridging", ["no", "single", "dual"] as const, "no");
  const required = BRIDGES[kind] ?? [];
  const missing = required.filter((name) => wordOf(info[`ipmi_${name}`]) === null);
  if (missing.length > 0)
    throw MissingParameterValue({
      reason: `driver_info/${missing.map((name) => `ipmi_${name}`).join(", driver_info/")} missing; ipmi_bridging "${kind}" needs it.`,
    });
  if (kind === "no") return null;
  const hop = (name: "target" | "transit") => ({
    channel: numberOf(info, `ipmi_${name}_channel`, LAST_CHANNEL) ?? 0,
    address: numberOf(info, `ipmi_${name}_address`, 0xff) ?? 0,
  });
  return {
    target: hop("target"),
    transit: kind === "dual" ? hop("transit") : null,
    localAddress: numberOf(info, "ipmi_local_address", 0xff),
  };
}

function numberOf(info: JsonObject, key: string, most: number): number | null {
  const value = wordOf(info[key]);
  if (value === null) return null;
  if (!/^(0x[0-9a-fA-F]{1,2}|\d{1,3})$/.test(value) || Number(value) > most)
    throw wrong(key, value, `a number such as 0x20 or 7, at most ${most}`);
  return Number(value);
}
