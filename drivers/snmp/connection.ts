/**
 * How to reach an SNMP agent: keys of driver_info with a prefix, checked once and typed after. `snmp_` are Ironic's names,
 * for the outlet that feeds a machine; `host_snmp_` are ferric's own, for the agent of the operating system on it.
 */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { hostOf, missing, oneOf, portOf, wordOf } from "../driver-info.ts";
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

const SNMP_PORT = 161;
/** Shortest key (RFC 3414, 11.2). */
const KEY_LENGTH = 8;

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function snmpAgentOf(
  info: JsonObject,
  prefix: SnmpPrefix,
  limits: Pick<SnmpAgent, "timeoutMs" | "retries">,
  right: SnmpRight = "read",
): SnmpAgent {
  const host = hostOf(info, `${prefix}_address`, "the SNMP agent");
  return {
    host,
    port: portOf(info, `${prefix}_port`, SNMP_PORT),
    credentials: credentialsOf(info, prefix, right),
    ...limits,
  };
}

function credentialsOf(info: JsonObject, prefix: SnmpPrefix, right: SnmpRight): SnmpCredentials {
  const version = oneOf(info, `${prefix}_version`, ["1", "2c", "3"] as const, "1");
  if (version !== "3") {
    const community = wordOf(info[`${prefix}_community_${right}`]) ?? wordOf(info[`${prefix}_community`]);
    if (community === null) throw missing(`${prefix}_community`, `set it to the community that may ${right}`);
    return { version, community };
  }
  const user = wordOf(info[`${prefix}_user`]);
  if (user === null) throw missing(`${prefix}_user`, "set it to the user of SNMP version 3");
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

function keyOf(info: JsonObject, name: string): string {
  const key = wordOf(info[name]);
  if (key === null) throw missing(name, "set it to the key that the agent has for this user");
  if (key.length < KEY_LENGTH)
    throw InvalidParameterValue({
      reason: `driver_info/${name} has ${key.length} characters; SNMP version 3 needs at least ${KEY_LENGTH}.`,
    });
  return key;
}
