/** Intel AMT over WS-Management: one connection for a few requests, digest authentication, answers within bounds. */
import { Agent, request } from "undici";
import { anySignal } from "../../../common/any-signal.ts";
import type { ClientTls } from "../../../common/client-tls.ts";
import { authorization, type Challenge, challengeOf } from "./digest.ts";
import { elementText, getMessage, invokeMessage, type Parameter, type Reference, soapFault } from "./envelope.ts";

export interface AmtHost {
  readonly address: string;
  readonly port: number;
  readonly protocol: "http" | "https";
  readonly username: string;
  readonly password: string;
  readonly tls: ClientTls;
  /** For one request. */
  readonly timeoutMs: number;
}

export type AmtTrouble = "silent" | "certificate" | "credentials" | "refused" | "malformed";

export class AmtError extends Error {
  override readonly name = "AmtError";
  readonly trouble: AmtTrouble;

  constructor(trouble: AmtTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** All throw AmtError, and the signal's reason when it aborts. */
export interface AmtSession {
  /** One property of the only instance of a class; null when it has none. */
  property(of: string, name: string): Promise<string | null>;
  /** Calls a method; anything but ReturnValue 0 is thrown as refused. */
  invoke(target: Reference, method: string, parameters: readonly Parameter[]): Promise<void>;
}

const PATH = "/wsman";
const MOST_BYTES = 64 * 1024;
/** Codes of OpenSSL and Node for certificates that are not believed. */
const CERTIFICATE = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_VERIFY/;
/** CIM_PowerManagementService.RequestPowerStateChange and its kin (CIM schema 2). */
const RETURN_VALUES: Readonly<Record<string, string>> = {
  1: "not supported",
  2: "unknown error",
  3: "timed out there",
  4: "failed",
  5: "invalid parameter",
  6: "in use",
  2068: "invalid state for this",
};

export async function withAmt<T>(
  host: AmtHost,
  signal: AbortSignal,
  work: (session: AmtSession) => Promise<T>,
): Promise<T> {
  const agent = new Agent({ connect: { ...host.tls, timeout: host.timeoutMs }, connections: 1 });
  try {
    return await work(new Session(host, agent, signal));
  } finally {
    await agent.destroy();
  }
}

class Session implements AmtSession {
  readonly #host: AmtHost;
  readonly #agent: Agent;
  readonly #signal: AbortSignal;
  #challenge: Challenge | null = null;
  #count = 0;

  constructor(host: AmtHost, agent: Agent, signal: AbortSignal) {
    this.#host = host;
    this.#agent = agent;
    this.#signal = signal;
  }

  async property(of: string, name: string): Promise<string | null> {
    return elementText(await this.#exchange(getMessage(of)), name);
  }

  async invoke(target: Reference, method: string, parameters: readonly Parameter[]): Promise<void> {
    const answer = await this.#exchange(invokeMessage(target, method, parameters));
    const value = elementText(answer, "ReturnValue");
    if (value === "0") return;
    if (value === null || !/^\d{1,10}$/.test(value))
      throw new AmtError("malformed", `it answered ${method} without a value`);
    throw new AmtError(
      "refused",
      `it answered ${method} with ${value}, ${RETURN_VALUES[value] ?? "which has no name"}`,
    );
  }

  /** The first request brings the challenge; later ones use it until AMT wants another. */
  async #exchange(message: string): Promise<string> {
    let answer = await this.#post(message);
    if (answer.status === 401) {
      this.#challenge = challengeOf(answer.challenge);
      this.#count = 0;
      if (this.#challenge === null)
        throw new AmtError("credentials", "it wants a login that is no digest authentication");
      answer = await this.#post(message);
    }
    if (answer.status === 401 || answer.status === 403)
      throw new AmtError("credentials", "it refused user and password");
    const fault = soapFault(answer.text);
    if (fault !== null) throw new AmtError("refused", `it refused: ${fault}`);
    if (answer.status !== 200) throw new AmtError("refused", `it answered with HTTP status ${answer.status}`);
    return answer.text;
  }

  async #post(message: string): Promise<{ status: number; text: string; challenge: string }> {
    const { address, port, protocol, timeoutMs } = this.#host;
    const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const { statusCode, headers, body } = await request(`${protocol}://${host}:${port}${PATH}`, {
        method: "POST",
        dispatcher: this.#agent,
        headers: { "content-type": "application/soap+xml;charset=UTF-8", ...this.#authorization() },
        body: message,
        signal: anySignal([this.#signal, deadline]),
      });
      let text = "";
      for await (const chunk of body.setEncoding("utf8")) {
        text += String(chunk);
        if (text.length > MOST_BYTES) throw new AmtError("malformed", `it answered more than ${MOST_BYTES} bytes`);
      }
      return { status: statusCode, text, challenge: [headers["www-authenticate"] ?? []].flat().join(", ") };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof AmtError) throw error;
      if (deadline.aborted) throw new AmtError("silent", `no answer within ${timeoutMs / 1000} s`);
      const { code, message } = causeOf(error);
      if (CERTIFICATE.test(code)) throw new AmtError("certificate", `its certificate is not trusted (${message})`);
      throw new AmtError("silent", `it cannot be reached (${message})`);
    }
  }

  #authorization(): { authorization?: string } {
    if (this.#challenge === null) return {};
    this.#count += 1;
    const asked = { method: "POST", uri: PATH, count: this.#count };
    return { authorization: authorization(this.#challenge, this.#host, asked) };
  }
}

function causeOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: error.message || code || error.name };
}
