/** A BMC as its client needs to know it: where, as whom, and how patient to be. */
import type { ConnectionOptions } from "node:tls";

/** "auto": a session, and basic authentication with a BMC that has no sessions or none free. */
export type AuthType = "basic" | "session" | "auto";

export interface Bmc {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path of the service root, such as /redfish/v1/. */
  readonly root: string;
  /** Null: no login. */
  readonly username: string | null;
  readonly password: string;
  readonly auth: AuthType;
  readonly tls: Pick<ConnectionOptions, "ca" | "ciphers" | "minVersion" | "rejectUnauthorized">;
  readonly connectMs: number;
  /** From the request's end to the answer's last byte. */
  readonly answerMs: number;
  /** Tries of what may be repeated without a look at what it came to; at least 1. */
  readonly attempts: number;
  /** Pause after a second failure in a row; it doubles with the next ones. */
  readonly retryMs: number;
}

/** What an exchange was, for those who watch; `answer` is the body as text with its secrets masked. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly status: number | null;
  readonly answer: string | null;
  readonly fault: string | null;
  readonly ms: number;
}

/** Who calls: each call ends with the signal, each exchange is told. */
export interface Caller {
  readonly signal: AbortSignal;
  /** Asked before anything but reading is sent once more. @throws whatever forbids it */
  readonly mayAct?: () => Promise<void>;
  readonly observe?: (exchange: Exchange) => void;
}
