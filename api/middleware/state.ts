/** What a request carries through the API: Koa's state, typed, the headers its answer will have, and how it is sent. */
import type { ParameterizedContext } from "koa";
import type { Identity } from "../../common/identity.ts";
import type { AuditedRequest } from "../audit/audit.ts";

export interface ApiState {
  requestId: string;
  /** Set once a version is negotiated. */
  minor: number;
  /** The path lost a ".json" at its end. */
  jsonSuffix: boolean;
  /** Of the answer: names and values in turn, each name once. Sent in one go, which costs half of setting each. */
  headers: string[];
  /** Who calls; null where nobody is asked (noauth). */
  identity: Identity | null;
  /** Its audit; null while it has not begun. */
  audited: AuditedRequest | "no" | null;
  /** Path of the route that takes the request, with names of parameters; null while none does. */
  route: string | null;
  /** Aborted when the server stops. */
  closing: AbortSignal;
}

export type ApiContext = ParameterizedContext<ApiState>;

export function addHeader(ctx: ApiContext, name: string, value: string): void {
  ctx.state.headers.push(name, value);
}

export function sendJson(ctx: ApiContext, status: number, json: string | Buffer): void {
  send(ctx, status, "application/json", json);
}

export function send(ctx: ApiContext, status: number, type: string, body: string | Buffer): void {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  ctx.state.headers.push("Content-Type", type, "Content-Length", String(length));
  finish(ctx, status, body);
}

/** A status without a body: neither content type nor text. */
export function sendEmpty(ctx: ApiContext, status: number): void {
  if (status !== 204) ctx.state.headers.push("Content-Length", "0");
  finish(ctx, status, undefined);
}

function finish(ctx: ApiContext, status: number, body: string | Buffer | undefined): void {
  const { res, state } = ctx;
  // A stopping server answers what is under way and keeps no connection for more.
  if (state.closing.aborted) res.shouldKeepAlive = false;
  ctx.respond = false;
  res.writeHead(status, state.headers);
  res.end(body);
}
