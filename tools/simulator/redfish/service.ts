/** The Redfish service of a machine: login, rights, ETags, paging, `$expand` and `$select` around the resources. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Account } from "../accounts.ts";
import type { Machine } from "../machine.ts";
import {
  type At,
  type Body,
  bodyOf,
  fault,
  type Handler,
  isReply,
  type Json,
  type Reply,
  type Resource,
} from "./exchange.ts";
import { RESOURCES } from "./resources.ts";
import { Router } from "./router.ts";
import { RedfishState } from "./state.ts";

const ROUTER = new Router(RESOURCES);
const OPEN = ["/redfish", "/redfish/v1", "/redfish/v1/"];
/** Members that one page of a collection holds when nobody asks for another number. */
const PAGE = 50;

export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly origin: string;
}

export class RedfishService {
  readonly #states = new Map<Machine, RedfishState>();

  stateOf(machine: Machine): RedfishState {
    const known = this.#states.get(machine);
    if (known !== undefined) return known;
    const made = new RedfishState(machine);
    this.#states.set(machine, made);
    return made;
  }

  /** The machine's firmware starts. A machine whose BMC nobody has asked has nothing put off. */
  started(machine: Machine): void {
    const state = this.#states.get(machine);
    state?.started();
    state?.tasks.machineStarted();
  }

  forget(machine: Machine): void {
    this.#states.delete(machine);
  }

  answer(machine: Machine, request: Request): Reply {
    const url = new URL(request.target, "http://bmc");
    const path = url.pathname;
    const found = ROUTER.find(path);
    if (found === null) return notFound(path);
    const handler = handlerOf(found.resource, request.method);
    if (handler === null) return notAllowed(found.resource);
    const state = this.stateOf(machine);
    state.tasks.settle();
    const account = whoAsks(machine, state, request.headers);
    const refused = rights(account, OPEN.includes(path) ? 0 : (handler.level ?? (request.method === "GET" ? 2 : 3)));
    if (refused !== null) return refused;
    const body = readBody(request.text);
    if (body === null) return fault(400, "MalformedJSON", "The body of the request is no JSON object.");
    const at: At = {
      ...{ machine, state, params: found.params, path: path.replace(/(.)\/$/, "$1"), body, account },
      origin: request.origin,
    };
    if (request.method === "GET") return this.#read(at, handler, url.searchParams, request.headers);
    const conflict = matchProblem(at, found.resource, request.headers);
    return conflict ?? asReply(handler.run(at), path);
  }

  #read(at: At, handler: Handler, query: URLSearchParams, headers: IncomingHttpHeaders): Reply {
    const result = asReply(handler.run(at), at.path);
    if (result.status !== 200 || result.body === undefined) return result;
    const whole = result.body;
    const etag = etagOf(whole);
    if (headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
    const problem = queryProblem(query);
    if (problem !== null) return problem;
    const shown = this.#expanded(at, paged(whole, at.path, query), query.get("$expand"));
    return { status: 200, body: selected(shown, query.get("$select")), headers: { etag } };
  }

  /** `$expand`: members in place of links to them, one level deep (DSP0266, 7.3.1). */
  #expanded(at: At, body: Body, expand: string | null): Body {
    if (expand === null || !Array.isArray(body.Members)) return body;
    const members = body.Members.map((member) => {
      const path = bodyOf(member)?.["@odata.id"];
      const found = typeof path === "string" ? ROUTER.find(path) : null;
      if (found?.resource.GET === undefined || typeof path !== "string") return member;
      const result = found.resource.GET({ ...at, path, params: found.params });
      return result === null || isReply(result) ? member : result;
    });
    return { ...body, Members: members };
  }
}

function handlerOf(resource: Resource, method: string): Handler | null {
  const name = method === "HEAD" ? "GET" : method;
  if (name !== "GET" && name !== "PATCH" && name !== "POST" && name !== "DELETE") return null;
  const handler = resource[name];
  return handler === undefined ? null : typeof handler === "function" ? { run: handler } : handler;
}

function whoAsks(machine: Machine, state: RedfishState, headers: IncomingHttpHeaders): Account | null {
  const token = headers["x-auth-token"];
  if (machine.conditions.refusesLogin) return null;
  if (typeof token === "string") return state.byToken(token)?.account ?? null;
  const [scheme, credentials = ""] = (headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "basic") return null;
  const [name = "", ...rest] = Buffer.from(credentials, "base64").toString("utf8").split(":");
  const account = machine.accounts.byName(name);
  return account?.password.equals(Buffer.from(rest.join(":"))) ? account : null;
}

function rights(account: Account | null, level: number): Reply | null {
  if (level === 0) return null;
  if (account === null || account.level === 15) {
    const refused = fault(401, "NoValidSession", "There is no valid session; log in.");
    return { ...refused, headers: { "www-authenticate": 'Basic realm="Redfish"' } };
  }
  return account.level >= level
    ? null
    : fault(403, "InsufficientPrivilege", "The account's role does not allow the operation.");
}

function readBody(text: string): Body | null {
  if (text.trim() === "") return {};
  try {
    return bodyOf(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

function matchProblem(at: At, resource: Resource, headers: IncomingHttpHeaders): Reply | null {
  const wanted = headers["if-match"];
  const current = wanted === undefined || wanted === "*" ? null : resource.GET?.(at);
  if (current == null || isReply(current) || wanted === undefined) return null;
  return wanted.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etagOf(current))
    ? null
    : fault(412, "PreconditionFailed", "The ETag is not the one of the resource as it is now; read it again.");
}

export function etagOf(body: Body): string {
  return `"${createHash("sha1").update(JSON.stringify(body)).digest("hex").slice(0, 16)}"`;
}

function asReply(result: Reply | Body | null, path: string): Reply {
  if (result === null) return notFound(path);
  return isReply(result) ? result : { status: 200, body: result };
}

function notFound(path: string): Reply {
  return fault(404, "ResourceMissingAtURI", `There is no resource at ${path}.`, [path]);
}

function notAllowed(resource: Resource): Reply {
  const allow = (["GET", "PATCH", "POST", "DELETE"] as const).filter((method) => resource[method] !== undefined);
  const refused = fault(405, "OperationNotAllowed", "The method is not for this resource.");
  return { ...refused, headers: { allow: allow.join(", ") } };
}

function queryProblem(query: URLSearchParams): Reply | null {
  for (const name of ["$top", "$skip"]) {
    const value = query.get(name);
    if (value !== null && !/^\d+$/.test(value))
      return fault(400, "QueryParameterValueFormatError", `${name} wants a number, got "${value}".`, [value, name]);
  }
  return query.has("$filter")
    ? fault(501, "QueryNotSupported", "The query parameter $filter is not supported.", ["$filter"])
    : null;
}

/** A page of a collection's members, with the address of the next one (DSP0266, 7.3.2). */
function paged(body: Body, path: string, query: URLSearchParams): Body {
  const { Members: members } = body;
  if (!Array.isArray(members)) return body;
  const [top, skip] = [Number(query.get("$top") ?? PAGE), Number(query.get("$skip") ?? 0)];
  const page = members.slice(skip, skip + top);
  const isLast = skip + top >= members.length || query.has("$top");
  const rest = new URLSearchParams(query);
  rest.set("$skip", String(skip + top));
  const next = isLast ? {} : { "Members@odata.nextLink": `${path}?${decodeURIComponent(rest.toString())}` };
  return { ...body, Members: page, ...next };
}

function selected(body: Body, select: string | null): Body {
  if (select === null) return body;
  const wanted = select.split(",").map((name) => name.trim().split("/")[0]);
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => name.startsWith("@odata.") || wanted.includes(name)),
  );
}
