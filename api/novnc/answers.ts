/** What the proxy answers over plain HTTP: files of its page, and why a console was not opened. */
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Fault, toFault } from "../../common/errors/fault.ts";

/** Of every answer. The URL of a console holds its token: it goes to no log of others, and into no cache. */
const HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

export interface Content {
  readonly type: string;
  readonly body: string | Buffer;
}

export function answer(response: ServerResponse, status: number, content: Content, headers = {}): void {
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    "Content-Type": content.type,
    "Content-Length": Buffer.byteLength(content.body),
  });
  response.end(content.body);
}

export function answerText(response: ServerResponse, status: number, text: string, headers = {}): void {
  answer(response, status, textOf(text), headers);
}

export function answerFault(response: ServerResponse, error: unknown): void {
  const fault = toFault(error);
  answer(response, fault.code, textOf(fault.message), retryOf(fault));
}

/** Instead of a web socket. Browsers show a page nothing of it: the page asks again without one, to tell its user. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const fault = toFault(error);
  const { type, body } = textOf(fault.message);
  const headers = {
    ...HEADERS,
    ...retryOf(fault),
    Connection: "close",
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (socket.destroyed) return;
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${fault.code} Refused\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

const textOf = (text: string): Content => ({ type: "text/plain; charset=utf-8", body: `${text}\n` });

const retryOf = ({ retryAfter }: Fault) => (retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) });
