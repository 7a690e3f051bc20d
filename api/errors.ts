/**
 * The wire shapes of errors that are no faults of the application: what the router and the body guard answer.
 * Source: contract errors.json, error_shapes (A is made from faults by middleware/errors.ts).
 */
import { STATUS_CODES } from "node:http";

/** Shape B: unknown paths, wrong methods, versions out of range. */
export class RouterError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, description = "", headers: Readonly<Record<string, string>> = {}) {
    super(description);
    this.status = status;
    this.headers = headers;
  }
}

/** Shape C: the body is refused before it is parsed. */
export class BodyRefused extends Error {
  readonly status: 400 | 413;

  constructor(status: 400 | 413, text: string) {
    super(text);
    this.status = status;
  }
}

/** Shape E: the caller is not let in. Its body is the strategy's own; the headers tell how to come in. */
export class AuthRefused extends Error {
  readonly status: 400 | 401;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: 400 | 401, body: AuthRefused["body"], headers: Readonly<Record<string, string>> = {}) {
    super(`callers are answered ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function applicationError(status: number, text: string): string {
  const inner = { faultcode: status < 500 ? "Client" : "Server", faultstring: text, debuginfo: null };
  return JSON.stringify({ error_message: JSON.stringify(inner) });
}

export function routerError(status: number, description: string): string {
  const inner = { code: status, title: STATUS_CODES[status] ?? "Error", description };
  return JSON.stringify({ error_message: JSON.stringify(inner) });
}

/** Shape D: the client wants something else than JSON; the text inside follows what it asked for. */
export function foreignAcceptError(status: 404 | 406, accept: string): string {
  const title = `${status} ${STATUS_CODES[status] ?? ""}`;
  const text = status === 404 ? "The resource could not be found." : `This service answers JSON, not ${accept}.`;
  const html = accept.includes("html");
  const body = html
    ? `<html><head><title>${title}</title></head><body><h1>${title}</h1>${escapeHtml(text)}</body></html>`
    : `${title}\n\n${text}`;
  return JSON.stringify({ error_message: body });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
