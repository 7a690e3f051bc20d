/** Turns everything thrown into its wire shape; unknown errors are logged whole and shown as a plain 500. */
import { FerricError, toFault } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import { AuthRefused, applicationError, BodyRefused, RouterError, routerError } from "../errors.ts";
import { type ApiContext, addHeader, sendJson } from "./state.ts";

export function answerError(ctx: ApiContext, error: unknown, log: Logger): void {
  if (error instanceof RouterError) {
    for (const [name, value] of Object.entries(error.headers)) addHeader(ctx, name, value);
    sendJson(ctx, error.status, routerError(error.status, error.message));
    return;
  }
  if (error instanceof AuthRefused) {
    for (const [name, value] of Object.entries(error.headers)) addHeader(ctx, name, value);
    sendJson(ctx, error.status, JSON.stringify({ error: error.body }));
    return;
  }
  if (error instanceof BodyRefused) {
    // What is left of the body is not read: the connection cannot be used again.
    if (error.status === 413) addHeader(ctx, "Connection", "close");
    sendJson(ctx, error.status, JSON.stringify({ faultcode: "Client", faultstring: error.message }));
    return;
  }
  // The client went away in the middle of its request: nobody is there to answer, and nothing is wrong here.
  if (ctx.req.destroyed && !ctx.req.complete) return;
  const fault = toFault(error);
  if (!(error instanceof FerricError)) log.error({ error, request_id: ctx.state.requestId }, "request failed");
  if (fault.retryAfter !== undefined && knowsRetryAfter(ctx)) addHeader(ctx, "Retry-After", String(fault.retryAfter));
  sendJson(ctx, fault.code, applicationError(fault.code, fault.message));
}

/**
 * The stock client (python-ironicclient 6.3, through its command line too) fails on an error with this header: it then
 * neither shows the message nor tries again, which it does for 409 and 503 without it.
 */
function knowsRetryAfter({ req: { headers } }: ApiContext): boolean {
  return headers["user-agent"]?.startsWith("python-ironicclient") !== true;
}
