/** What went wrong with a BMC, as a kind that callers can act on and words that tell the exchange. */
import { completionWords, statusWords } from "./completion-codes.ts";

export type IpmiTrouble =
  /** No answer in time. */
  | "silent"
  /** User, password or Kg key is not what the BMC has. */
  | "credentials"
  | "privilege"
  /** The BMC does not take the cipher suite. */
  | "cipher"
  /** The BMC does not speak IPMI 2.0 over RMCP+. */
  | "version"
  /** The BMC has no free session. */
  | "full"
  /** The host name cannot be resolved, or the system cannot send there. */
  | "address"
  /** The BMC answered with a completion code. */
  | "refused"
  /** The BMC's answer breaks the protocol or its promises. */
  | "malformed";

export class IpmiError extends Error {
  override readonly name = "IpmiError";
  readonly trouble: IpmiTrouble;
  /** Completion code of a refused command. */
  readonly code: number | null;

  constructor(trouble: IpmiTrouble, message: string, code: number | null = null) {
    super(message);
    this.trouble = trouble;
    this.code = code;
  }
}

const PARAMETER_UNKNOWN = 0x80;

/** A command that the BMC answered with a code other than 00h. */
export function refusedCommand(command: string, code: number): IpmiError {
  const trouble = code === 0xd4 ? "privilege" : "refused";
  return new IpmiError(trouble, `${command}: ${completionWords(command, code)}`, code);
}

/** Null instead of "parameter not supported" (80h), which commands with parameters answer. @throws IpmiError */
export async function unlessUnknown<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof IpmiError && error.code === PARAMETER_UNKNOWN) return null;
    throw error;
  }
}

export function malformed(command: string, what: string): IpmiError {
  return new IpmiError("malformed", `${command}: ${what}`);
}

const STATUS_TROUBLE: Readonly<Record<number, IpmiTrouble>> = {
  1: "full",
  11: "full",
  4: "cipher",
  5: "cipher",
  6: "cipher",
  7: "cipher",
  16: "cipher",
  17: "cipher",
  9: "privilege",
  10: "privilege",
  12: "credentials",
  13: "credentials",
  14: "credentials",
  15: "credentials",
};

/** A session that the BMC did not want, by the status in its answer (IPMI 2.0, table 13-15). */
export function refusedSession(stage: string, status: number): IpmiError {
  return new IpmiError(STATUS_TROUBLE[status] ?? "malformed", `${stage}: ${statusWords(status)}`);
}
