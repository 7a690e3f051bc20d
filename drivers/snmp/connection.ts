/**
 * How to reach an SNMP agent: keys of driver_info with a prefix, checked once and typed after. `snmp_` are Ironic's names,
 * for the outlet that feeds a machine; `host_snmp_` are ferric's own, for the agent of the operating system on it.
 */
import type { FerricError } from "../../common/errors/fault.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import { AUTH_PROTOCOLS, PRIV_PROTOCOLS, type SnmpAgent, type SnmpCredentials } from "./client/session.ts";

export type SnmpPrefix = "snmp" | "host_snmp";
/** What one request of a caller is for: agents may have a community each. */
export type SnmpRight = "read" | "write";

/** Keys that describe the agent, with a description each. */
export function snmpProperties(prefix: SnmpPrefix, what: string): Readonly<Record<string, string>> {
  return {
    [`${prefix}_address`]: `Host name or address of ${what}.`,
    [`${prefix}_port`]: "UDP port of the agent; 161 when absent. Optional.",
    [`${prefix}_version`]: "SNMP version: 1 (default), 2c or 3. Optional.",
    [`${prefix}_community`]: `Community of versions 1 and 2c. Required for them, unless ${prefix}_community_read is there.`,
    [`${prefix}_community_read`]: `Community for reading, where it is not ${prefix}_community. Optional.`,
    [`${prefix}_community_write`]: `Community for setting, where it is not ${prefix}_community. Optional.`,
    [`${prefix}_user`]: "User of version 3. Required for it.",
    [`${prefix}_auth_protocol`]: `Authentication of version 3: none, ${AUTH_PROTOCOLS.join(", ")}; md5 when absent and there is a key. Optional.`,
    [`${prefix}_auth_key`]: "Authentication key of version 3, at least 8 characters. Required with an authentication.",
    [`${prefix}_priv_protocol`]: `Encryption of version 3: none, ${PRIV_PROTOCOLS.join(", ")}; des when absent and there is a key. Optional.`,
    [`${prefix}_priv_key`]: "Encryption key of version 3, at least 8 characters. Required with an encryption.",
    [`${prefix}_context_name`]: "Context of version 3. Optional.",
  };
}

/** Shortest key (RFC 3414, 11.2). */
const KEY_LENGTH = 8;

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function snmpAgentOf(
  info: JsonObject,
  prefix: SnmpPrefix,
  limits: Pick<SnmpAgent, "timeoutMs" | "retries">,
  right: SnmpRight = "read",
): SnmpAgent {
  const host = wordOf(info[`${prefix}_address`]);
  if (host === null) throw missing(`${prefix}_address`, "the host name or address of the SNMP agent");
  if (!/^[A-Za-z0-9.:%_-]+$/.test(host) || host.startsWith("-"))
    throw wrong(`${prefix}_address`, host, "a host name or address");
  return { host, port: portOf(info, `${prefix}_port`), credentials: credentialsOf(info, prefix, right), ...limits };
}

function credentialsOf(info: JsonObject, prefix: SnmpPrefix, right: SnmpRight): SnmpCredentials {
  const version = oneOf(info, `${prefix}_version`, ["1", "2c", "3"] as const, "1");
  if (version !== "3") {
    const community = wordOf(info[`${prefix}_community_${right}`]) ?? wordOf(info[`${prefix}_community`]);
    if (community === null) throw missing(`${prefix}_community`, `the community that may ${right}`);
    return { version, community };
  }
  const user = wordOf(info[`${prefix}_user`]);
  if (user === null) throw missing(`${prefix}_user`, "the user of SNMP version 3");
  // As Ironic has it: who gives a key wants it used.
  const [withAuth, withPriv] = ["auth", "priv"].map((what) => wordOf(info[`${prefix}_${what}_key`]) !== null);
  const auth = oneOf(info, `${prefix}_auth_protocol`, ["none", ...AUTH_PROTOCOLS] as const, withAuth ? "md5" : "none");
  const priv = oneOf(info, `${prefix}_priv_protocol`, ["none", ...PRIV_PROTOCOLS] as const, withPriv ? "des" : "none");
  if (auth === "none" && priv !== "none")
    throw InvalidParameterValue({
      reason: `driver_info/${prefix}_priv_protocol is "${priv}" without ${prefix}_auth_protocol; SNMP encrypts only what is authenticated: set both.`,
    });
  return {
    version,
    user,
    auth: auth === "none" ? null : { protocol: auth, key: keyOf(info, `${prefix}_auth_key`) },
    priv: priv === "none" ? null : { protocol: priv, key: keyOf(info, `${prefix}_priv_key`) },
    context: wordOf(info[`${prefix}_context_name`]) ?? "",
  };
}

function wordOf(value: Json | undefined): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

function keyOf(info: JsonObject, name: string): string {
  const key = wordOf(info[name]);
  if (key === null) throw missing(name, "the key that the agent has for this user");
  if (key.length < KEY_LENGTH)
    throw InvalidParameterValue({
      reason: `driver_info/${name} has ${key.length} characters; SNMP version 3 needs at least ${KEY_LENGTH}.`,
    });
  return key;
}

function portOf(info: JsonObject, name: string): number {
  const text = wordOf(info[name]) ?? "161";
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw wrong(name, text, "a port from 1 to 65535");
  return port;
}

function oneOf<C extends string>(info: JsonObject, name: string, choices: readonly C[], standard: C): C {
  const value = wordOf(info[name]);
  if (value === null) return standard;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(name, value, `one of ${choices.join(", ")}`);
  return found;
}

function missing(name: string, what: string): FerricError {
  return MissingParameterValue({ reason: `driver_info/${name} is missing; set it to ${what}.` });
}

function wrong(name: string, value: string, expected: string): FerricError {
  return InvalidParameterValue({ reason: `driver_info/${name} is "${value}"; expected ${expected}.` });
}
