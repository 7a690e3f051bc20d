/** The Koa application: what happens to every request, in order. Tests use it through its callback. */
import Koa from "koa";
import { RouteFinder } from "./engine/route-finder.ts";
import { serve } from "./engine/serve.ts";
import { isKnown, refuseAbsentController, refuseMethod, refuseUnmatched } from "./engine/unmatched.ts";
import { foreignAcceptError, RouterError } from "./errors.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { cors } from "./middleware/cors.ts";
import { answerError } from "./middleware/errors.ts";
import { normalizePath } from "./middleware/path.ts";
import { identify, logDone } from "./middleware/request-id.ts";
import { type ApiContext, type ApiState, sendJson } from "./middleware/state.ts";
import { negotiateVersion, setVersionHeaders } from "./middleware/version.ts";
import { isOwn, serveOwn } from "./routes/own.ts";
import { ROUTES } from "./routes/table.ts";
import type { Services } from "./services.ts";

export function buildApp(services: Services): Koa<ApiState> {
  const { log, closing, authenticator, requests } = services;
  const app = new Koa<ApiState>();
  app.silent = true;
  app.on("error", (error: unknown) => log.error({ error }, "an answer could not be sent"));
  const finder = new RouteFinder(ROUTES);
  const origins = new Set(services.config.api.allowed_origins);
  // One middleware that calls the parts in turn: as links of Koa's chain each would cost as much as finding the route.
  app.use(async (ctx) => {
    const started = performance.now();
    ctx.state = {
      requestId: "",
      minor: 1,
      jsonSuffix: false,
      headers: [],
      identity: null,
      audited: null,
      route: null,
      closing,
    };
    if (cors(origins, ctx)) return;
    identify(ctx);
    try {
      if (authenticator !== null) await authenticate(ctx, authenticator, log);
      await answer(ctx, finder, services);
    } catch (error) {
      answerError(ctx, error, log);
    } finally {
      services.audit.end(ctx);
      const ms = performance.now() - started;
      requests?.done(ctx.state.route, ctx.method, ctx.status, ms);
      logDone(log, ctx, ms);
    }
  });
  return app;
}

async function answer(ctx: ApiContext, finder: RouteFinder, services: Services): Promise<void> {
  if (isOwn(ctx.path)) return await serveOwn(ctx, services);
  negotiateVersion(ctx);
  normalizePath(ctx);
  if (wantsNoJson(ctx)) return refuseForeign(ctx);
  const found = finder.find(routedMethod(ctx), ctx.path);
  if (found === null) return refuse(ctx);
  await serve(found.route, ctx, found.params, services);
}

function wantsNoJson(ctx: ApiContext): boolean {
  const { accept = "" } = ctx.req.headers;
  if (accept === "" || accept === "application/json" || accept === "*/*") return false;
  return ctx.accepts("application/json") === false;
}

/** A client that wants something else than JSON is told so in the form it asked for. */
function refuseForeign(ctx: ApiContext): void {
  const status = isKnown(ctx.path) ? 406 : 404;
  sendJson(ctx, status, foreignAcceptError(status, ctx.get("Accept")));
}

/** HEAD is known for the two documents only. */
function routedMethod(ctx: ApiContext): string {
  if (ctx.method !== "HEAD") return ctx.method;
  if (ctx.path !== "/" && ctx.path !== "/v1") refuseMethod(ctx.path);
  return "GET";
}

/** What no route takes. Answers of the application carry the version headers, those of the router do not. */
function refuse(ctx: ApiContext): void {
  try {
    refuseAbsentController(ctx.method, ctx.path, ctx.state.minor);
    refuseUnmatched(ctx.method, ctx.path, ctx.state.minor);
  } catch (error) {
    if (!(error instanceof RouterError)) setVersionHeaders(ctx);
    throw error;
  }
}
