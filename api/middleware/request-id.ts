/** Gives every request an id, answers it in both headers, and logs the request when it is done. */
import { randomUUID } from "node:crypto";
import type { Next } from "koa";
import type { Logger } from "../../common/log.ts";
import type { ApiContext } from "./state.ts";

export function requestId(log: Logger) {
  return async (ctx: ApiContext, next: Next): Promise<void> => {
    const id = `req-${randomUUID()}`;
    ctx.state.requestId = id;
    ctx.set("openstack-request-id", id);
    ctx.set("x-openstack-request-id", id);
    const started = performance.now();
    try {
      await next();
    } finally {
      const ms = Math.round((performance.now() - started) * 10) / 10;
      log.debug(
        { request_id: id, method: ctx.method, path: ctx.originalUrl.split("?", 1)[0], status: ctx.status, ms },
        "request",
      );
    }
  };
}
