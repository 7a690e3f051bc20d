/** Completion codes and status codes in words, as data. Source: IPMI 2.0 rev 1.1, tables 5-2 and 13-15. */

/** Table 5-2, generic codes (00h, C0h to FFh). */
const GENERIC: Readonly<Record<number, string>> = {
  0: "command completed normally",
  192: "node busy",
  193: "invalid command",
  194: "command invalid for given LUN",
  195: "timeout while processing command",
  196: "out of space",
  197: "reservation cancelled or invalid reservation ID",
  198: "request data truncated",
  199: "request data length invalid",
  200: "request data field length limit exceeded",
  201: "parameter out of range",
  202: "cannot return number of requested data bytes",
  203: "requested sensor, data or record not present",
  204: "invalid data field in request",
  205: "command illegal for specified sensor or record type",
  206: "response could not be provided",
  207: "cannot execute duplicated request",
  208: "SDR repository in update mode",
  209: "device in firmware update mode",
  210: "BMC initialization in progress",
  211: "destination unavailable",
  212: "insufficient privilege level or firmware firewall",
  213: "command or parameter not supported in present state",
  214: "parameter is illegal because the sub-function is disabled or unavailable",
  255: "unspecified error",
};

/** Codes 80h to BEh mean what their command says (the section of each command in commands.ts). */
const SPECIFIC: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "Get System Boot Options": { 128: "parameter not supported" },
  "Set System Boot Options": {
    128: "parameter not supported",
    129: "set in progress is set by another party",
    130: "parameter is read-only",
  },
  "Set Session Privilege Level": {
    128: "the user does not have the requested level",
    129: "the level exceeds the limit of channel or user",
    130: "user level authentication cannot be disabled",
  },
  "Close Session": { 135: "invalid session ID", 136: "invalid session handle" },
  "Send Message": {
    128: "invalid session handle",
    129: "lost arbitration",
    130: "bus error",
    131: "no acknowledge on write",
  },
  "Activate Payload": {
    128: "the payload is already active on another session",
    129: "the payload type is disabled",
    130: "no more payloads can be active",
    131: "it cannot be activated with encryption",
    132: "it cannot be activated without encryption",
  },
  "Deactivate Payload": { 128: "the payload is not active", 129: "the payload type is disabled" },
  "Set User Password": { 128: "the password does not match", 129: "the password has another size" },
  ...Object.fromEntries(
    ["Set LAN Configuration Parameters", "Set SOL Configuration Parameters"].map((command) => [
      command,
      { 128: "parameter not supported", 129: "set in progress is set by another party", 130: "parameter is read-only" },
    ]),
  ),
  "Get LAN Configuration Parameters": { 128: "parameter not supported" },
  "Get SOL Configuration Parameters": { 128: "parameter not supported" },
  "Get SEL Info": { 129: "erase in progress" },
  "Get SEL Entry": { 129: "erase in progress" },
  "Clear SEL": { 129: "erase in progress" },
  "Read FRU Data": { 129: "FRU device busy" },
};

/** Table 13-15, RMCP+ and RAKP message status codes. */
const RMCP_STATUS: Readonly<Record<number, string>> = {
  1: "insufficient resources to create a session",
  2: "invalid session ID",
  3: "invalid payload type",
  4: "invalid authentication algorithm",
  5: "invalid integrity algorithm",
  6: "no matching authentication payload",
  7: "no matching integrity payload",
  8: "inactive session ID",
  9: "invalid role",
  10: "unauthorized role or privilege level requested",
  11: "insufficient resources to create a session at the requested role",
  12: "invalid name length",
  13: "unauthorized name",
  14: "unauthorized GUID",
  15: "invalid integrity check value",
  16: "invalid confidentiality algorithm",
  17: "no cipher suite match with proposed security algorithms",
  18: "illegal or unrecognized parameter",
};

/** `command`: its name in commands.ts. Always tells the number too: vendors use codes of their own. */
export function completionWords(command: string, code: number): string {
  const words = SPECIFIC[command]?.[code] ?? GENERIC[code] ?? (code < 0x80 ? "code of the vendor" : "unknown code");
  return `${words} (completion code ${hex(code)})`;
}

export function statusWords(status: number): string {
  return `${RMCP_STATUS[status] ?? "unknown status"} (RMCP+ status ${hex(status)})`;
}

function hex(code: number): string {
  return `${code.toString(16).padStart(2, "0").toUpperCase()}h`;
}
