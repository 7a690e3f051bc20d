/** Turns everything thrown into its wire shape; unknown errors are logged whole and shown as a plain 500. */
import type { Next } from "koa";
import { FerricError, toFault } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import { applicationError, BodyRefused, RouterError, routerError } from "../errors.ts";
import { type ApiContext, sendJson } from "./state.ts";

export function errors(log: Logger) {
  return async (ctx: ApiContext, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      answer(ctx, error, log);
    }
  };
}

function answer(ctx: ApiContext, error: unknown, log: Logger): void {
  if (error instanceof RouterError) {
    ctx.set(error.headers);
    sendJson(ctx, error.status, routerError(error.status, error.message));
    return;
  }
  if (error instanceof BodyRefused) {
    // What is left of the body is not read: the connection cannot be used again.
    if (error.status === 413) ctx.set("Connection", "close");
    sendJson(ctx, error.status, JSON.stringify({ faultcode: "Client", faultstring: error.message }));
    return;
  }
  // The client went away in the middle of its request: nobody is there to answer, and nothing is wrong here.
  if (ctx.req.destroyed && !ctx.req.complete) return;
  const fault = toFault(error);
  if (!(error instanceof FerricError)) log.error({ error, request_id: ctx.state.requestId }, "request failed");
  if (fault.retryAfter !== undefined) ctx.set("Retry-After", String(fault.retryAfter));
  sendJson(ctx, fault.code, applicationError(fault.code, fault.message));
}
