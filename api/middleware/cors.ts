/** OPTIONS is answered empty; origins named in [api]allowed_origins may use the API from a browser. */
import type { Next } from "koa";
import { MAX_HEADER, MIN_HEADER, VERSION_HEADER } from "../microversions.ts";
import { type ApiContext, sendEmpty } from "./state.ts";

const METHODS = "GET, POST, PUT, PATCH, DELETE";
const HEADERS = `Content-Type, X-Auth-Token, OpenStack-API-Version, ${VERSION_HEADER}`;
const EXPOSED = `openstack-request-id, Location, ${VERSION_HEADER}, ${MIN_HEADER}, ${MAX_HEADER}`;

export function cors(allowed: readonly string[]) {
  const origins = new Set(allowed);
  return async (ctx: ApiContext, next: Next): Promise<void> => {
    const origin = ctx.get("Origin");
    if (origin !== "" && origins.has(origin)) {
      ctx.set("Access-Control-Allow-Origin", origin);
      ctx.set("Access-Control-Expose-Headers", EXPOSED);
      ctx.vary("Origin");
      if (ctx.method === "OPTIONS") {
        ctx.set("Access-Control-Allow-Methods", METHODS);
        ctx.set("Access-Control-Allow-Headers", HEADERS);
      }
    }
    if (ctx.method === "OPTIONS") return sendEmpty(ctx, 200);
    await next();
  };
}
