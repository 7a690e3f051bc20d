/** Serves a request whose route is known: version gate, policy, body, handler, answer. */
import type { ServerResponse } from "node:http";
import type { Context } from "../../common/context.ts";
import { MethodNotAllowed, NotAcceptable, NotFound, OperationNotPermitted } from "../../common/errors/request.ts";
import type { Identity } from "../../common/identity.ts";
import { RouterError } from "../errors.ts";
import { parseBody, readBody } from "../middleware/body.ts";
import { type ApiContext, addHeader, sendEmpty, sendJson } from "../middleware/state.ts";
import { setVersionHeaders } from "../middleware/version.ts";
import { type Caller, FULL_ACCESS, PUBLIC } from "../policy/enforce.ts";
import type { Services } from "../services.ts";
import type { View } from "./resource.ts";
import type { Answer, RawCall, Route } from "./route.ts";
import { COLLECTION_METHODS, checkField, checkNodeIdent, refuseAbsentController } from "./unmatched.ts";

/** @throws RouterError, BodyRefused, FerricError */
export async function serve(
  route: Route,
  ctx: ApiContext,
  params: Readonly<Record<string, string>>,
  services: Services,
): Promise<void> {
  ctx.state.route = route.path;
  if (!services.audit.concerns(ctx, route)) ctx.state.audited = "no";
  if (route.ramdisk === true) admitRamdisk(ctx, services);
  if (params.node !== undefined) checkNodeIdent(params.node);
  if (params.portgroup !== undefined) checkNodeIdent(params.portgroup);
  if (params.field !== undefined) checkField(ctx.path);
  refuseAbsent(route, ctx);
  const { max_json_body_depth: depth } = services.config.api;
  const body = route.takesBody ? parseBody(await readBody(ctx.req, limitOf(route, services)), depth) : undefined;
  setVersionHeaders(ctx);
  const context: Context = new RequestContext(ctx);
  refuseBelow(route, ctx);
  const caller = services.policy.caller(context);
  const free = route.policy === PUBLIC || route.decides === true;
  const access = free ? FULL_ACCESS : caller.access(route.policy);
  const base = services.config.api.public_endpoint?.replace(/\/+$/, "") ?? `${ctx.protocol}://${ctx.host}`;
  const call: RawCall = {
    services,
    context,
    minor: ctx.state.minor,
    base,
    params,
    body: body === undefined ? {} : body,
    caller,
    access,
    jsonSuffix: ctx.state.jsonSuffix,
    view: () => viewOf(services, ctx.state.minor, base, caller),
  };
  if (ctx.state.audited === null) ctx.state.audited = await services.audit.begin(ctx, route, params, { body, context });
  const answer = await route.run(call, ctx.query);
  send(ctx, answer.status ?? route.status, base, answer);
}

/** Before anything of the body is read, and before anybody is looked up. @throws OperationNotPermitted, TooManyRequests */
function admitRamdisk(ctx: ApiContext, { config, ramdiskRate }: Services): void {
  try {
    if (!config.api.enable_ramdisk_endpoints)
      throw OperationNotPermitted({ reason: "This API does not speak to agents ([api]enable_ramdisk_endpoints)." });
    ramdiskRate.admit(ctx.req.socket.remoteAddress ?? "");
  } catch (error) {
    // Its body stays unread.
    addHeader(ctx, "Connection", "close");
    throw error;
  }
}

class RequestContext implements Context {
  readonly request_id: string;
  declare readonly identity?: Identity;
  declare readonly user?: string;
  declare readonly project?: string | null;
  readonly #response: ServerResponse;
  #gone: AbortSignal | null = null;

  constructor(ctx: ApiContext) {
    this.request_id = ctx.state.requestId;
    const { identity } = ctx.state;
    if (identity !== null) {
      this.identity = identity;
      this.user = identity.user_id;
      this.project = identity.project_id;
    }
    this.#response = ctx.res;
  }

  /** Made for those only who ask a conductor: reading from the database is over before anybody can leave. */
  get gone(): AbortSignal {
    this.#gone ??= goneSignal(this.#response);
    return this.#gone;
  }
}

/** Aborts when the client closes the connection before it has its answer: what waits for a lock or a machine need not wait on. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const leave = () => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.closed) leave();
  else response.once("close", leave);
  return gone.signal;
}

/** Bytes. */
function limitOf(route: Route, { config }: Services): number {
  const { max_json_body_size, max_json_body_size_provision, max_json_body_size_inspection } = config.api;
  if (route.bodyLimit === "provision") return max_json_body_size_provision * 1024;
  if (route.bodyLimit === "inspection") return max_json_body_size_inspection * 1024;
  return max_json_body_size * 1024;
}

function refuseAbsent({ since = 1, below = 404, absentText }: Route, ctx: ApiContext): void {
  if (ctx.state.minor >= since) return;
  if (absentText === undefined) {
    refuseAbsentController(ctx.method, ctx.path, ctx.state.minor);
    return;
  }
  // Without a word it is the router's own refusal, which tells what else it takes.
  if (below === 405 && absentText === "") throw new RouterError(below, "", { Allow: COLLECTION_METHODS.join(", ") });
  throw new RouterError(below, absentText);
}

function refuseBelow(route: Route, ctx: ApiContext): void {
  const since = route.since ?? 1;
  if (ctx.state.minor >= since) return;
  const what = `${route.method} ${ctx.path}`;
  if (route.below === 406) throw NotAcceptable({ reason: `${what} needs API version 1.${since} or newer.` });
  if (route.below === 405) throw MethodNotAllowed({ reason: `${what} needs API version 1.${since} or newer.` });
  throw NotFound({ what: `${what} (it needs API version 1.${since} or newer)` });
}

async function viewOf(services: Services, minor: number, base: string, { hiding }: Caller): Promise<View> {
  const rings = await services.conductors.rings();
  return { minor, base, hiding, conductors: rings, conductorOf: (node) => rings.hostFor(node) };
}

function send(ctx: ApiContext, status: number, base: string, answer: Answer): void {
  if (answer.location !== undefined) addHeader(ctx, "Location", `${base}/v1/${answer.location}`);
  if (answer.json !== undefined) sendJson(ctx, status, answer.json);
  else if (answer.body === undefined) sendEmpty(ctx, status);
  else sendJson(ctx, status, JSON.stringify(answer.body));
}
