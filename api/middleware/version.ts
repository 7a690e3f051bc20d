/** Negotiates the microversion; the headers that tell it are set where a handler is reached, as the peer does. */
import { NotAcceptable } from "../../common/errors/request.ts";
import { RouterError } from "../errors.ts";
import { MAX_HEADER, MAX_VERSION, MIN_HEADER, MIN_VERSION, negotiate, VERSION_HEADER } from "../microversions.ts";
import { type ApiContext, addHeader } from "./state.ts";

/** @throws RouterError 406; NotAcceptable for the root document */
export function negotiateVersion(ctx: ApiContext): void {
  try {
    ctx.state.minor = negotiate(ctx.get("OpenStack-API-Version"), ctx.get(VERSION_HEADER));
  } catch (error) {
    if (!(error instanceof RouterError) || ctx.path !== "/") throw error;
    // The root document answers like an application, with the range even for text that is no version.
    addHeader(ctx, MIN_HEADER, MIN_VERSION);
    addHeader(ctx, MAX_HEADER, MAX_VERSION);
    throw NotAcceptable({ reason: error.message });
  }
}

export function setVersionHeaders(ctx: ApiContext): void {
  addHeader(ctx, MIN_HEADER, MIN_VERSION);
  addHeader(ctx, MAX_HEADER, MAX_VERSION);
  addHeader(ctx, VERSION_HEADER, `1.${ctx.state.minor}`);
}
