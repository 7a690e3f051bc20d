/** The Koa application: middleware in order, then the routes. Tests use it through its callback. */
import Koa from "koa";
import { mount } from "./engine/mount.ts";
import { isKnown, refuseMethod, refuseUnmatched } from "./engine/unmatched.ts";
import { foreignAcceptError, RouterError } from "./errors.ts";
import { cors } from "./middleware/cors.ts";
import { errors } from "./middleware/errors.ts";
import { normalizePath } from "./middleware/path.ts";
import { requestId } from "./middleware/request-id.ts";
import { type ApiContext, type ApiState, sendJson } from "./middleware/state.ts";
import { setVersionHeaders, version } from "./middleware/version.ts";
import { ownRoutes } from "./routes/own.ts";
import { ROUTES } from "./routes/table.ts";
import type { Services } from "./services.ts";

export function buildApp(services: Services): Koa<ApiState> {
  const app = new Koa<ApiState>();
  app.silent = true;
  app.on("error", (error: unknown) => services.log.error({ error }, "an answer could not be sent"));
  const router = mount(ROUTES, services);
  app.use(async (ctx, next) => {
    await next();
    // A stopping server answers what is under way and keeps no connection for more.
    if (services.closing.aborted) ctx.res.shouldKeepAlive = false;
  });
  app.use(cors(services.config.api.allowed_origins));
  app.use(requestId(services.log));
  app.use(errors(services.log));
  app.use(ownRoutes(services));
  app.use(version);
  app.use(normalizePath);
  app.use(acceptJson);
  app.use(refuseHead);
  app.use(router.routes());
  app.use(unmatched);
  return app;
}

/** A client that wants something else than JSON is told so in the form it asked for. */
async function acceptJson(ctx: ApiContext, next: () => Promise<void>): Promise<void> {
  if (ctx.get("Accept") !== "" && ctx.accepts("application/json") === false) {
    const status = isKnown(ctx.path) ? 406 : 404;
    sendJson(ctx, status, foreignAcceptError(status, ctx.get("Accept")));
    return;
  }
  await next();
}

/** What no route takes. Answers of the application carry the version headers, those of the router do not. */
function unmatched(ctx: ApiContext): void {
  try {
    refuseUnmatched(ctx.method, ctx.path);
  } catch (error) {
    if (!(error instanceof RouterError)) setVersionHeaders(ctx);
    throw error;
  }
}

/** HEAD is known for the two documents only. */
async function refuseHead(ctx: ApiContext, next: () => Promise<void>): Promise<void> {
  if (ctx.method === "HEAD") {
    if (ctx.path !== "/" && ctx.path !== "/v1") refuseMethod(ctx.path);
    ctx.method = "GET";
    await next();
    ctx.method = "HEAD";
    return;
  }
  await next();
}
