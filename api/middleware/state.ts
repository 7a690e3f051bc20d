/** What the middleware hands on: Koa's state, typed, and the request and response it travels with. */
import type { ParameterizedContext } from "koa";

export interface ApiState {
  requestId: string;
  /** Set once a version is negotiated. */
  minor: number;
  /** The path lost a ".json" at its end. */
  jsonSuffix: boolean;
}

export type ApiContext = ParameterizedContext<ApiState>;

export function sendJson(ctx: ApiContext, status: number, json: string | Buffer): void {
  ctx.status = status;
  ctx.body = json;
  ctx.set("Content-Type", "application/json");
}

/** A status without a body: neither content type nor text. */
export function sendEmpty(ctx: ApiContext, status: number): void {
  ctx.body = null;
  ctx.status = status;
}
