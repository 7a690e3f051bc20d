/** What of a request stands in the audit log: who, from where, what, to which node. Values of bodies never. */
import type { Identity } from "../../common/identity.ts";
import type { Route } from "../engine/route.ts";
import type { ApiContext } from "../middleware/state.ts";

const TEXT = 200;
const PATHS = 20;

/** `route` null: no route takes the request. */
export function requestFacts(ctx: ApiContext, route: Route | null, params: Readonly<Record<string, string>>): object {
  const { identity, requestId } = ctx.state;
  const [path = ""] = ctx.originalUrl.split("?", 1);
  return {
    request_id: requestId,
    ...(identity === null ? {} : whoFacts(identity)),
    address: ctx.req.socket.remoteAddress ?? null,
    ...forwarded(ctx),
    method: ctx.method,
    path: short(path),
    ...(route === null ? {} : { route: route.path }),
    ...(params.node === undefined ? {} : { node: short(params.node) }),
  };
}

function whoFacts(identity: Identity): object {
  const { user_id, user_name, project_id, project_name, system_scope, roles, service_roles } = identity;
  return {
    user_id,
    user: user_name,
    project_id,
    project: project_name,
    ...(system_scope === null ? {} : { system_scope }),
    roles,
    ...(service_roles.length === 0 ? {} : { service_roles }),
  };
}

/** What a proxy says, who may be anybody. */
function forwarded({ req }: ApiContext): object {
  const value = req.headers["x-forwarded-for"];
  return value === undefined ? {} : { forwarded_for: short(String(value)) };
}

/** The target of a verb, the paths of a patch, the names of what was given: enough to see what was asked for. */
export function bodyFacts(body: unknown): object {
  if (Array.isArray(body)) return { patch: body.slice(0, PATHS).map(patchFact) };
  if (typeof body !== "object" || body === null) return {};
  const target = "target" in body && typeof body.target === "string" ? { target: short(body.target) } : {};
  const name = "name" in body && typeof body.name === "string" ? { name: short(body.name) } : {};
  return { ...target, ...name, fields: Object.keys(body).slice(0, PATHS).map(short) };
}

function patchFact(operation: unknown): string {
  if (typeof operation !== "object" || operation === null) return "?";
  const { op, path } = operation as Readonly<Record<string, unknown>>;
  // What is no text is refused later, and may be a value.
  const word = (given: unknown) => (typeof given === "string" ? given : "?");
  return short(`${word(op)} ${word(path)}`);
}

function short(text: string): string {
  return text.length <= TEXT ? text : `${text.slice(0, TEXT)}...`;
}
