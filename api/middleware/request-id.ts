/** Gives every request an id, answers it in both headers, and logs the request when it is done. */
import { randomUUID } from "node:crypto";
import type { Logger } from "../../common/log.ts";
import { type ApiContext, addHeader } from "./state.ts";

export function identify(ctx: ApiContext): void {
  const id = `req-${randomUUID()}`;
  ctx.state.requestId = id;
  addHeader(ctx, "openstack-request-id", id);
  addHeader(ctx, "x-openstack-request-id", id);
}

export function logDone(log: Logger, ctx: ApiContext, took: number): void {
  const ms = Math.round(took * 10) / 10;
  const { method, originalUrl, status, state } = ctx;
  log.debug({ request_id: state.requestId, method, path: originalUrl.split("?", 1)[0], status, ms }, "request");
}
