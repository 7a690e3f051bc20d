/** One exchange with Keystone over kept connections, within limits of time and size. */
import { readFileSync } from "node:fs";
import { Pool } from "undici";
import { anySignal } from "../../../common/any-signal.ts";
import { verification } from "../../../common/client-tls.ts";
import type { Config } from "../../../common/config/config.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import type { Json } from "../../../common/json.ts";

const CONNECTIONS = 8;
const MOST_BYTES = 1024 * 1024;

/** Keystone gives no answer that could be used; the message is for the log. */
export class KeystoneAway extends Error {
  override readonly name = "KeystoneAway";
}

export interface Request {
  readonly method: "GET" | "POST";
  /** Below /v3. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** X-Subject-Token. */
  readonly token: string | null;
  /** Null for what is no JSON. */
  readonly body: Json;
}

export class KeystoneExchange implements AsyncDisposable {
  /** For the log. */
  readonly url: string;
  readonly #prefix: string;
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();

  /** @throws InvalidParameterValue, Error when a certificate's file cannot be read */
  constructor(settings: Config["keystone_authtoken"]) {
    const { cafile, certfile, keyfile, insecure, http_connect_timeout } = settings;
    const url = new URL(`${(settings.auth_url ?? "").replace(/\/v(3|2\.0)$/, "")}/v3`);
    this.url = url.href;
    this.#prefix = url.pathname;
    this.#timeoutMs = http_connect_timeout * 1000;
    const judged = verification(insecure ? "false" : (cafile ?? "true"), "[keystone_authtoken]cafile");
    const own =
      certfile === null || keyfile === null ? {} : { cert: readFileSync(certfile), key: readFileSync(keyfile) };
    this.#pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      connect: { ...judged, ...own, timeout: this.#timeoutMs },
      maxResponseSize: MOST_BYTES,
    });
  }

  /** A connection that Keystone has closed meanwhile is no answer: there is one more try. @throws KeystoneAway */
  async send(request: Request): Promise<Answer> {
    const signal = anySignal([AbortSignal.timeout(this.#timeoutMs), this.#closing.signal]);
    try {
      return await this.#once(request, signal).catch((error: unknown) => {
        if (signal.aborted || !isClosed(error)) throw error;
        return this.#once(request, signal);
      });
    } catch (error) {
      throw new KeystoneAway(`${this.url} gives no answer: ${reasonOf(error) || codeOf(error)}`, { cause: error });
    }
  }

  async #once({ method, path, headers = {}, body }: Request, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#pool.request({
      method,
      path: `${this.#prefix}${path}`,
      headers: { accept: "application/json", ...(body && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body }),
      signal,
    });
    const text = await answer.body.text();
    const token = answer.headers["x-subject-token"];
    return { status: answer.statusCode, token: typeof token === "string" ? token : null, body: parsed(text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the service stops"));
    await this.#pool.destroy();
  }
}

/** Of one who tried several addresses of a name there is a code only. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "unknown");
}

function isClosed(error: unknown): boolean {
  const code = codeOf(error);
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
