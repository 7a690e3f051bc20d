/** The API's description beside the API: as OpenAPI and as a page, both for the microversion of `?version=`. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { RouterError } from "../errors.ts";
import { MAX_MINOR, negotiate } from "../microversions.ts";
import { type ApiContext, addHeader, send, sendJson } from "../middleware/state.ts";
import { openApiAt, openApiText } from "./declarations.ts";
import { documentationPage, PAGE_POLICY } from "./page.ts";

export const OPENAPI_PATH = "/ferric/v1/openapi.json";
export const DOCS_PATH = "/ferric/docs";

/** @throws InvalidParameterValue for what is no version of this service */
export function serveOpenApi(ctx: ApiContext): void {
  sendJson(ctx, 200, openApiText(minorOf(ctx)));
}

/** @throws InvalidParameterValue */
export function serveDocs(ctx: ApiContext): void {
  const minor = minorOf(ctx);
  const html = documentationPage(openApiAt(minor), minor);
  addHeader(ctx, "Content-Security-Policy", PAGE_POLICY);
  addHeader(ctx, "X-Content-Type-Options", "nosniff");
  addHeader(ctx, "X-Frame-Options", "DENY");
  addHeader(ctx, "Referrer-Policy", "no-referrer");
  send(ctx, 200, "text/html; charset=utf-8", html);
}

function minorOf(ctx: ApiContext): number {
  const { version } = ctx.query;
  if (version === undefined) return MAX_MINOR;
  try {
    return negotiate("", String(version));
  } catch (error) {
    if (error instanceof RouterError) throw InvalidParameterValue({ reason: `version: ${error.message}` });
    throw error;
  }
}
