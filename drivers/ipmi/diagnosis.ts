/** What ipmitool's words mean, as a fault that tells an operator what to do. The words are those of ipmitool 1.8. */
import { IpmiFailure } from "../../common/errors/driver.ts";
import type { FerricError } from "../../common/errors/fault.ts";
import type { IpmiConnection } from "./connection.ts";

export type Diagnosis =
  | "credentials"
  | "privilege"
  | "cipher"
  | "address"
  | "refused"
  | "version"
  | "silent"
  | "unknown";

/** First match counts: a message of the session's set-up says more than the general line that follows it. */
const PATTERNS: readonly (readonly [Diagnosis, RegExp])[] = [
  [
    "cipher",
    /invalid (authentication|integrity|confidentiality) algorithm|no cipher suite match|no matching (authentication|integrity) payload|Unsupported cipher suite/i,
  ],
  [
    "privilege",
    /insufficient privilege|unauthorized role|invalid role|Set Session Privilege Level to \w+ failed|privilege level .* not (supported|available)/i,
  ],
  [
    "credentials",
    /RAKP \d HMAC is invalid|unauthorized name|invalid integrity check value|invalid name length|Invalid user ?name|Activate Session command failed|Activate Session error|unauthorized GUID|password is longer/i,
  ],
  ["address", /Address lookup for .* failed|Could not open socket/i],
  ["refused", /\brsp=0x|failed: |Invalid command|Invalid data field/i],
  [
    "silent",
    /Get Auth Capabilities error|no response|Unable to establish|insufficient resources|timed? ?out|Close Session command failed|Unable to get Chassis Power Status/i,
  ],
];

/** What `-v` tells of every session before the command itself; a BMC without VITA answers that question "Invalid command". */
const PREAMBLE = /^(Loading IANA|Running Get|Discovered|Get HPM|Invalid completion code received)/;

/** Only these may pass by waiting. */
export const isTransient = (diagnosis: Diagnosis): boolean => diagnosis === "silent" || diagnosis === "unknown";

export function diagnose(output: string): Diagnosis {
  const said = linesOf(output).join("\n");
  return PATTERNS.find(([, pattern]) => pattern.test(said))?.[0] ?? "unknown";
}

/** `output`: what ipmitool said, from which secrets are removed. */
export function faultOf(
  diagnosis: Diagnosis,
  connection: IpmiConnection,
  command: string,
  output: string,
  seconds: number,
): FerricError {
  const bmc = `BMC ${connection.address}:${connection.port}`;
  const user = connection.username === null ? "the empty user" : `user "${connection.username}"`;
  const reasons: Readonly<Record<Diagnosis, string>> = {
    credentials: `${bmc} refused ${user}: correct driver_info/ipmi_username and driver_info/ipmi_password${connection.kgKey === null ? "" : " (and driver_info/ipmi_hex_kg_key)"}, or set them on the BMC.`,
    privilege: `${bmc} does not give ${user} the privilege ${connection.privilege}: raise it on the BMC, or ask for another with driver_info/ipmi_priv_level.`,
    cipher: `${bmc} does not accept cipher suite ${connection.cipherSuite ?? "17 or 3"}: set driver_info/ipmi_cipher_suite to one that it offers.`,
    address: `the address of ${bmc} cannot be found: correct driver_info/ipmi_address or the name service.`,
    refused: `${bmc} refused the command: ${lastWords(output, connection)}`,
    version: `${bmc} answers, but refuses IPMI 2.0 (${lastWords(output, connection)}): enable IPMI 2.0 over LAN (RMCP+) on the BMC, or set driver_info/ipmi_protocol_version to 1.5 and use the interfaces \`ipmitool\` for this node.`,
    silent: `${bmc} did not answer ${user} within ${Math.round(seconds)} s: check driver_info/ipmi_address and driver_info/ipmi_port, that UDP reaches it, and that IPMI over LAN is enabled there.`,
    unknown: `${bmc} as ${user}: ${lastWords(output, connection)}`,
  };
  return IpmiFailure({ cmd: command, reason: reasons[diagnosis] });
}

/** The last of what ipmitool said, without the password. */
export function lastWords(output: string, connection: IpmiConnection): string {
  const words = linesOf(output).slice(-2).join(" ") || "ipmitool said nothing";
  return connection.password === "" ? words : words.replaceAll(connection.password, "******");
}

function linesOf(output: string): readonly string[] {
  const lines = output.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !PREAMBLE.test(line));
}
