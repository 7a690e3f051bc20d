/** Ferric's own paths, beside the versioned API: health, description, progress events as a stream, the agent's events. */
import { NotFound } from "../../common/errors/request.ts";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { ProcessLoad } from "../../common/load-meter.ts";
import { DOCS_PATH, OPENAPI_PATH, serveDocs, serveOpenApi } from "../docs/serve.ts";
import { RouteFinder } from "../engine/route-finder.ts";
import { serve } from "../engine/serve.ts";
import { checker } from "../engine/validate.ts";
import { isUuidLike } from "../engine/values.ts";
import { RouterError } from "../errors.ts";
import { MAX_MINOR } from "../microversions.ts";
import { parseBody, readBody } from "../middleware/body.ts";
import { type ApiContext, sendEmpty, sendJson } from "../middleware/state.ts";
import { denied } from "../policy/enforce.ts";
import type { Services } from "../services.ts";
import { streamEvents } from "./event-stream.ts";
import { OWN_ROUTES } from "./own-table.ts";

const LOAD_WINDOW_SECONDS = 60;
const AGENT_EVENTS_LIMIT = 64 * 1024;
const AGENT_EVENTS_DEPTH = 8;
const AGENT_EVENTS_ROUTE = "/ferric/v1/agent/:node/events";
const AGENT_EVENTS_PATH = /^\/ferric\/v1\/agent\/([^/]+)\/events$/;

const HEALTH = "/ferric/v1/health";
const EVENTS = "/ferric/v1/events";
/** Paths that are no declared routes, as they are counted. */
const FIXED = new Map(["/healthz", HEALTH, EVENTS, OPENAPI_PATH, DOCS_PATH].map((path) => [path, path]));

/** `v` is the agent's protocol version: a neighbour's report is read as far as it is understood (common/agent-protocol.ts). */
const reportBody = checker<{ agent_token: string; events: readonly JsonObject[] }>("agent events", {
  type: "object",
  properties: {
    v: { type: "integer", minimum: 1 },
    agent_token: { type: "string", minLength: 1 },
    events: { type: "array", maxItems: 1000, items: { type: "object" } },
  },
  required: ["agent_token", "events"],
});

const finder = new RouteFinder(OWN_ROUTES);
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export function isOwn(path: string): boolean {
  return path.startsWith("/ferric/") || path === "/healthz";
}

/** @throws RouterError and what the parts throw */
export async function serveOwn(ctx: ApiContext, services: Services): Promise<void> {
  const agent = AGENT_EVENTS_PATH.exec(ctx.path)?.[1];
  ctx.state.route = agent === undefined ? (FIXED.get(ctx.path) ?? null) : AGENT_EVENTS_ROUTE;
  if (ctx.path === "/healthz") {
    allow(ctx, "GET", "HEAD");
    sendJson(ctx, 200, '{"status":"ok"}');
  } else if (ctx.path === HEALTH) {
    allow(ctx, "GET", "HEAD");
    sendJson(ctx, 200, JSON.stringify({ status: "ok", process: loadOf(services) }));
  } else if (ctx.path === EVENTS) {
    allow(ctx, "GET");
    checkEvents(ctx, services);
    streamEvents(ctx, services.events, services.closing);
  } else if (ctx.path === OPENAPI_PATH) {
    allow(ctx, "GET", "HEAD");
    serveOpenApi(ctx);
  } else if (ctx.path === DOCS_PATH) {
    allow(ctx, "GET", "HEAD");
    serveDocs(ctx);
  } else if (agent !== undefined) {
    allow(ctx, "POST");
    ctx.state.audited = "no";
    await agentReport(ctx, services, agent);
  } else await serveDeclared(ctx, services);
}

const EVENTS_RULE = "ferric:events:get";

/** They tell of every node there is. @throws NotAuthorized */
function checkEvents({ state: { identity } }: ApiContext, { policy }: Services): void {
  if (!policy.caller(identity === null ? {} : { identity }).allows(EVENTS_RULE)) throw denied(EVENTS_RULE);
}

/** @throws RouterError */
async function serveDeclared(ctx: ApiContext, services: Services): Promise<void> {
  const found = finder.find(ctx.method, ctx.path);
  if (found === null) {
    const allowed = METHODS.filter((method) => finder.find(method, ctx.path) !== null);
    throw allowed.length === 0 ? new RouterError(404) : new RouterError(405, "", { Allow: allowed.join(", ") });
  }
  // They are not versioned: names and forms are those of the newest.
  ctx.state.minor = MAX_MINOR;
  await serve(found.route, ctx, found.params, services);
}

function allow(ctx: ApiContext, ...methods: readonly string[]): void {
  if (!methods.includes(ctx.method)) throw new RouterError(405, "", { Allow: methods.join(", ") });
}

/** Of the last minute at the most, or since somebody has asked. */
function loadOf({ load }: Services): ProcessLoad {
  const now = load.read();
  return now.seconds < LOAD_WINDOW_SECONDS ? now : load.next();
}

/** Without the node's token the conductor refuses them; an unknown node looks the same as a wrong path. */
async function agentReport(ctx: ApiContext, services: Services, ident: string): Promise<void> {
  const bytes = await readBody(ctx.req, AGENT_EVENTS_LIMIT);
  const body = parseBody(bytes, AGENT_EVENTS_DEPTH);
  const { agent_token, events } = reportBody.check(isJsonObject(body) ? body : {});
  const node = isUuidLike(ident) ? await services.stores.nodes.find(ident) : null;
  if (node === null) throw NotFound({ what: `Node ${ident}` });
  const host = await services.conductors.hostFor(node);
  const params = { node: node.uuid, agent_token, events };
  await services.transport.call(host, "agentReport", params, { request_id: ctx.state.requestId });
  sendEmpty(ctx, 202);
}
