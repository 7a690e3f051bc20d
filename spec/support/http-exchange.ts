/** One request exactly as given, and its answer: for tests that send what no client would. */
import { type Agent, type IncomingHttpHeaders, request } from "node:http";

export interface SentRequest {
  readonly method: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

export interface Exchanged {
  /** 0: no answer came; `text` says why. */
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

export function exchange(base: URL, agent: Agent, sent: SentRequest, giveUpMs: number): Promise<Exchanged> {
  const { method, path, headers, body } = sent;
  return new Promise((resolve) => {
    const none = (text: string) => resolve({ status: 0, text, headers: {} });
    // Node tells no length by itself where a method seldom has a body.
    const length = body === null ? {} : { "Content-Length": Buffer.byteLength(body) };
    const all = { ...headers, ...length };
    const options = { host: base.hostname, port: base.port, agent, method, path, headers: all, timeout: giveUpMs };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => none(String(error)));
      response.on("end", () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, text: Buffer.concat(chunks).toString(), headers: got });
      });
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${giveUpMs} ms`)));
    call.on("error", (error) => none(String(error)));
    call.end(body ?? undefined);
  });
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
