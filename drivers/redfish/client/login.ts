/**
 * How requests prove who asks (DSP0266 13.3): a session that all callers of a BMC share, or basic authentication. A session
 * is opened with the first request, opened again when the BMC has forgotten it, and ended when the BMC is left.
 */
import { isJsonObject } from "../../../common/json.ts";
import type { Bmc } from "./bmc.ts";
import { RedfishError } from "./redfish-error.ts";

export interface SessionAnswer {
  readonly token: string;
  /** Path of the session, to end it; null when the BMC did not say. */
  readonly path: string | null;
}

/** The BMC's side of it. */
export interface SessionCalls {
  /** @throws RedfishError */
  open(): Promise<SessionAnswer>;
  end(path: string, token: string): Promise<void>;
}

export class Login {
  readonly #bmc: Bmc;
  readonly #calls: SessionCalls;
  #session: SessionAnswer | null = null;
  #opening: Promise<SessionAnswer> | null = null;
  /** The BMC has no sessions for us. */
  #basic: boolean;

  constructor(bmc: Bmc, calls: SessionCalls) {
    this.#bmc = bmc;
    this.#calls = calls;
    this.#basic = bmc.auth === "basic";
  }

  get hasSession(): boolean {
    return this.#session !== null;
  }

  /** @throws RedfishError when the login is refused */
  async headers(): Promise<Record<string, string>> {
    if (this.#bmc.username === null) return {};
    if (this.#basic) return this.#basicHeaders();
    try {
      return { "X-Auth-Token": (await this.#open()).token };
    } catch (error) {
      if (this.#bmc.auth !== "auto" || !givesNoSession(error)) throw error;
      this.#basic = true;
      return this.#basicHeaders();
    }
  }

  /** The BMC answered 401. True: with a new login the request may be asked again. */
  refused(sent: Readonly<Record<string, string>>): boolean {
    const token = sent["X-Auth-Token"];
    if (token === undefined) return false;
    if (this.#session?.token === token) this.#session = null;
    return true;
  }

  /** Ends the session as far as the BMC lets us. */
  async close(): Promise<void> {
    const session = this.#session ?? (await this.#opening?.catch(() => null)) ?? null;
    this.#session = null;
    if (session?.path === undefined || session.path === null) return;
    await this.#calls.end(session.path, session.token).catch(() => {});
  }

  /** One login at a time, whoever needs it. */
  async #open(): Promise<SessionAnswer> {
    if (this.#session !== null) return this.#session;
    this.#opening ??= this.#calls.open().finally(() => {
      this.#opening = null;
    });
    this.#session = await this.#opening;
    return this.#session;
  }

  #basicHeaders(): Record<string, string> {
    const { username, password } = this.#bmc;
    return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
  }
}

/** No session service, or no slot in it. Wrong credentials are no reason to send them once more: accounts get locked. */
function givesNoSession(error: unknown): boolean {
  if (!(error instanceof RedfishError)) return false;
  const { trouble, status } = error;
  if (trouble === "missing" || trouble === "unsupported" || trouble === "busy") return true;
  if (trouble === "malformed" && status !== null) return true;
  return error.says("Base.SessionLimitExceeded") || (status !== null && [400, 409, 500, 503].includes(status));
}

/** What the BMC must show for a session. @throws RedfishError */
export function sessionOf(headers: Readonly<Record<string, unknown>>, body: unknown, status: number): SessionAnswer {
  const { "x-auth-token": token, location } = headers;
  if (typeof token !== "string" || token === "")
    throw new RedfishError("malformed", "the login was answered without X-Auth-Token", { status });
  const own = isJsonObject(body) && typeof body["@odata.id"] === "string" ? body["@odata.id"] : null;
  return { token, path: typeof location === "string" && location !== "" ? location : own };
}
