/** OPTIONS is answered empty; origins named in [api]allowed_origins may use the API from a browser. */
import { MAX_HEADER, MIN_HEADER, VERSION_HEADER } from "../microversions.ts";
import { type ApiContext, addHeader, sendEmpty } from "./state.ts";

const METHODS = "GET, POST, PUT, PATCH, DELETE";
const HEADERS = `Content-Type, Authorization, X-Auth-Token, X-Service-Token, OpenStack-API-Version, ${VERSION_HEADER}`;
const EXPOSED = `openstack-request-id, Location, Retry-After, WWW-Authenticate, ${VERSION_HEADER}, ${MIN_HEADER}, ${MAX_HEADER}`;

/** Answers true when the request is thereby done. */
export function cors(allowed: ReadonlySet<string>, ctx: ApiContext): boolean {
  const { origin } = ctx.req.headers;
  const preflight = ctx.method === "OPTIONS";
  if (origin !== undefined && allowed.has(origin)) {
    addHeader(ctx, "Access-Control-Allow-Origin", origin);
    addHeader(ctx, "Access-Control-Expose-Headers", EXPOSED);
    addHeader(ctx, "Vary", "Origin");
    if (preflight) {
      addHeader(ctx, "Access-Control-Allow-Methods", METHODS);
      addHeader(ctx, "Access-Control-Allow-Headers", HEADERS);
    }
  }
  if (preflight) sendEmpty(ctx, 200);
  return preflight;
}
