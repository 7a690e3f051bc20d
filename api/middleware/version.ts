/** Negotiates the microversion; the headers that tell it are set where a handler is reached, as the peer does. */
import type { Next } from "koa";
import { NotAcceptable } from "../../common/errors/request.ts";
import { RouterError } from "../errors.ts";
import { MAX_HEADER, MAX_VERSION, MIN_HEADER, MIN_VERSION, negotiate, VERSION_HEADER } from "../microversions.ts";
import type { ApiContext } from "./state.ts";

export async function version(ctx: ApiContext, next: Next): Promise<void> {
  try {
    ctx.state.minor = negotiate(ctx.get("OpenStack-API-Version"), ctx.get(VERSION_HEADER));
  } catch (error) {
    if (!(error instanceof RouterError) || ctx.path !== "/") throw error;
    // The root document answers like an application, with the range even for text that is no version.
    ctx.set(MIN_HEADER, MIN_VERSION);
    ctx.set(MAX_HEADER, MAX_VERSION);
    throw NotAcceptable({ reason: error.message });
  }
  await next();
}

export function setVersionHeaders(ctx: ApiContext): void {
  ctx.set(MIN_HEADER, MIN_VERSION);
  ctx.set(MAX_HEADER, MAX_VERSION);
  ctx.set(VERSION_HEADER, `1.${ctx.state.minor}`);
}
