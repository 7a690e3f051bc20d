/** What went wrong with an SNMP agent, as a kind that callers can act on and words that tell the exchange. */

export type SnmpTrouble =
  /** No answer in time; for v1 and v2c a wrong community looks the same. */
  | "silent"
  /** User, key or protocol of v3 is not what the agent has. */
  | "credentials"
  /** The host name cannot be resolved, or the system cannot send there. */
  | "address"
  /** The agent answered with an error status. */
  | "refused"
  /** The answer breaks the protocol. */
  | "malformed";

export class SnmpError extends Error {
  override readonly name = "SnmpError";
  readonly trouble: SnmpTrouble;

  constructor(trouble: SnmpTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** Error statuses of RFC 3416, section 3, by their number. */
const STATUSES: Readonly<Record<number, string>> = {
  1: "tooBig: the answer does not fit into one message",
  2: "noSuchName: the agent has no such object",
  3: "badValue: the value is not one that the object takes",
  4: "readOnly: the object cannot be set",
  5: "genErr: the agent failed",
  6: "noAccess: the object is not accessible",
  7: "wrongType: the value has the wrong type",
  8: "wrongLength: the value has the wrong length",
  9: "wrongEncoding: the value is encoded wrongly",
  10: "wrongValue: the value is not one that the object takes",
  11: "noCreation: the object cannot be created",
  12: "inconsistentValue: the value cannot be set now",
  13: "resourceUnavailable: the agent has no room for the value",
  14: "commitFailed: nothing was set",
  15: "undoFailed: some values may have been set",
  16: "authorizationError: community or user may not do this",
  17: "notWritable: the object cannot be set",
  18: "inconsistentName: the object cannot be created now",
};

export function statusWords(status: number): string {
  return STATUSES[status] ?? `error status ${status}`;
}
