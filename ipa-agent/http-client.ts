/** HTTP and HTTPS requests of the agent: bounded answers, time limits, certificate check, nothing followed by itself. */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { rootCertificates } from "node:tls";

/** Whose certificates are believed. */
export interface Trust {
  readonly insecure: boolean;
  /** PEM certificates beside Node's own list. */
  readonly extra: readonly string[];
}

export interface RequestOptions {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trust: Trust;
  /** Milliseconds without a byte until the request is given up. */
  readonly stall: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export function loadTrust(options: { insecure: boolean; caFile: string | null }): Trust {
  const extra: string[] = [];
  for (const file of [options.caFile, process.env.FERRIC_AGENT_CA_FILE, "/etc/ironic-python-agent/ironic.crt"]) {
    if (file === null || file === undefined) continue;
    try {
      extra.push(readFileSync(file, "utf8"));
    } catch {
      if (file === options.caFile) throw new Error(`ipa-cafile ${file} cannot be read`);
    }
  }
  return { insecure: options.insecure, extra };
}

/** Opens a request and gives the answer with its body still to be read. The caller must read or destroy it. */
export function openRequest(url: URL, options: RequestOptions): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      reject(new Error(`${url.protocol} is not supported, only http and https`));
      return;
    }
    const settings: https.RequestOptions = {
      method: options.method ?? "GET",
      headers: {
        ...options.headers,
        ...(options.body === undefined ? {} : { "content-length": Buffer.byteLength(options.body) }),
      },
      agent: false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    const secure = url.protocol === "https:";
    if (secure) Object.assign(settings, tlsSettings(options.trust));
    const request = (secure ? https : http).request(url, settings, resolve);
    request.setTimeout(options.stall, () => {
      const late = new Error(`no byte for ${options.stall / 1000} s`);
      // The reader of an answer that has begun would only be told that the connection was reset.
      answer?.destroy(late);
      request.destroy(late);
    });
    let answer: http.IncomingMessage | null = null;
    request.on("response", (response) => {
      answer = response;
    });
    request.on("error", reject);
    request.end(options.body);
  });
}

function tlsSettings(trust: Trust): https.RequestOptions {
  return {
    rejectUnauthorized: !trust.insecure,
    ...(trust.extra.length === 0 ? {} : { ca: [...rootCertificates, ...trust.extra] }),
  };
}

/** One whole exchange with a text answer of at most `limit` bytes (4 MiB). */
export async function exchange(url: URL, options: RequestOptions, limit = 4 * 1024 * 1024): Promise<Answer> {
  const response = await openRequest(url, options);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > limit) {
      response.destroy();
      throw new Error(`answer is larger than ${limit} bytes`);
    }
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString("utf8") };
}

/** A URL as it may be shown: without credentials and without the query, which may be a signature. */
export function shownUrl(url: string | URL): string {
  try {
    const parsed = new URL(url);
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search === "" ? "" : "?..."}`;
  } catch {
    return "(not a URL)";
  }
}
