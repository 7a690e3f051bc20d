/**
 * The answer to a method and path that no route takes. Which methods the Allow header lists goes by the controller that
 * owns the path, not by the routes below it. Source: contract errors.json (http_methods) and recordings.
 */
import {
  InvalidParameterValue,
  InvalidUuid,
  MethodNotAllowed,
  MissingParameterValue,
  NotFound,
} from "../../common/errors/request.ts";
import { RouterError } from "../errors.ts";
import { isUuidLike } from "./values.ts";

export const COLLECTION_METHODS = ["DELETE", "GET", "PATCH", "POST"] as const;

/** First segment below /v1 and the methods of its controller. */
const CONTROLLERS: Readonly<Record<string, readonly string[]>> = {
  nodes: COLLECTION_METHODS,
  ports: COLLECTION_METHODS,
  portgroups: COLLECTION_METHODS,
  chassis: COLLECTION_METHODS,
  allocations: COLLECTION_METHODS,
  drivers: ["GET"],
  inspection_rules: COLLECTION_METHODS,
  deploy_templates: COLLECTION_METHODS,
  runbooks: COLLECTION_METHODS,
  events: ["POST"],
  shards: ["GET"],
  conductors: ["GET"],
  lookup: ["GET"],
  heartbeat: ["POST"],
  continue_inspection: ["POST"],
};

const TRAITS = ["DELETE", "GET", "PUT"] as const;
const INDICATORS = /^\/v1\/nodes\/[^/]+\/management\/indicators$/;

/** Controllers below a node. */
const NODE_CONTROLLERS: Readonly<Record<string, readonly string[]>> = {
  states: ["GET"],
  management: [],
  maintenance: ["DELETE", "PUT"],
  history: ["GET"],
  inventory: ["GET"],
  children: ["GET"],
  bios: ["GET"],
  firmware: ["GET"],
  vendor_passthru: [],
  vmedia: ["DELETE", "GET", "POST"],
  portgroups: COLLECTION_METHODS,
  traits: TRAITS,
  vifs: ["DELETE", "GET", "POST"],
  ports: COLLECTION_METHODS,
  allocation: ["DELETE", "GET"],
};

/** From which minor on a controller is there; below, the router knows nothing of it. Source: contract routes.json. */
const NODE_PARTS_SINCE = {
  portgroups: 24,
  vifs: 28,
  bios: 40,
  allocation: 52,
  history: 78,
  inventory: 81,
  firmware: 86,
  vmedia: 89,
} as const;
const VOLUMES_SINCE = 32;
/** Below theirs, the application refuses these methods on whatever path of the collection. */
const METHODS_SINCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  allocations: { GET: 52, POST: 52, PATCH: 57, DELETE: 52 },
  events: { POST: 54 },
  inspection_rules: { GET: 96, POST: 96, PATCH: 96, DELETE: 96 },
};
/** Refused as not there; the others as a method that is not allowed. */
const HIDDEN = new Set(["GET", "POST events"]);
/** Below theirs, these own the path already, but take no method. */
const COLLECTIONS_SINCE: Readonly<Record<string, number>> = { deploy_templates: 55, runbooks: 92 };

function sinceIn(table: Readonly<Record<string, number>>, name: string | undefined): number {
  return name !== undefined && Object.hasOwn(table, name) ? (table[name] ?? 1) : 1;
}

/** Of connectors and targets: below /v1 and below a node. */
function volumeController(part: string | undefined): readonly string[] {
  return part === "connectors" || part === "targets" ? COLLECTION_METHODS : ["GET"];
}

function controllerOf(segments: readonly string[]): readonly string[] | null {
  if (segments[0] === "volume") return volumeController(segments[1]);
  if (segments[0] === "nodes" && segments[2] === "volume") return volumeController(segments[3]);
  const [first = "", , third = ""] = segments;
  if (first === "nodes" && third === "states" && segments[3] === "console") return ["GET", "PUT"];
  if (first === "nodes" && Object.hasOwn(NODE_CONTROLLERS, third)) return NODE_CONTROLLERS[third] ?? null;
  if (first === "runbooks" && third === "traits") return TRAITS;
  if (first === "drivers" && third === "raid") return [];
  return Object.hasOwn(CONTROLLERS, first) ? (CONTROLLERS[first] ?? null) : null;
}

/** Collections that can be listed below a node, but are written below /v1. */
const LISTED_ONLY = new Set(["ports", "portgroups", "volume"]);

/** Controllers of a part that know no path below it but those of routes. */
const NOTHING_BELOW = new Set(["nodes allocation", "runbooks traits"]);

/** What names a member by a UUID alone, whatever follows. */
const BY_UUID =
  /^(\w+ \/v1\/(chassis|inspection_rules|volume\/connectors|volume\/targets)|DELETE \/v1\/ports)\/([^/]+)\//;

/** Parts of a node whose members have no page of their own. */
const UNSHOWN_ONES = new Set(["traits", "vifs", "children", "firmware"]);

/** Path segments below /v1. */
export function segmentsOf(path: string): readonly string[] {
  return path.split("/").slice(2);
}

/** Whether any controller owns the path. */
export function isKnown(path: string): boolean {
  return path === "/" || path === "/v1" || controllerOf(segmentsOf(path)) !== null;
}

/** @throws RouterError 404 or 405 where the microversion has no such controller yet */
export function refuseAbsentController(method: string, path: string, minor: number): void {
  const [collection, first, part, below] = segmentsOf(path);
  const ofVolume = collection === "volume" ? first : part === "volume" ? below : undefined;
  if (ofVolume !== undefined && minor < VOLUMES_SINCE) throw new RouterError(404);
  if (collection === "nodes" && minor < sinceIn(NODE_PARTS_SINCE, part)) throw new RouterError(404);
  if (minor < sinceIn(COLLECTIONS_SINCE, collection)) throw new RouterError(method === "GET" ? 404 : 405);
}

/** The application's word, with the version headers. @throws MethodNotAllowed, NotFound */
function refuseYoung(method: string, [collection = ""]: readonly string[], minor: number): void {
  const since = sinceIn(METHODS_SINCE[collection] ?? {}, method);
  if (minor >= since) return;
  const why = `needs API version 1.${since} or newer`;
  if (HIDDEN.has(method) || HIDDEN.has(`${method} ${collection}`))
    throw NotFound({ what: `${method} /v1/${collection} (it ${why})` });
  throw MethodNotAllowed({ reason: `${method} of ${collection} ${why}.` });
}

/** @throws RouterError 404 or 405 */
export function refuseMethod(path: string): never {
  const allowed = controllerOf(segmentsOf(path));
  if (allowed === null) throw new RouterError(404);
  throw new RouterError(405, "", { Allow: allowed.join(", ") });
}

/**
 * A method the controller has, on a path that does not fit it: too many or too few segments.
 * @throws RouterError or the fault that tells what is missing
 */
export function refuseUnmatched(method: string, path: string, minor: number): never {
  if (path === "/v1") throw MethodNotAllowed({ reason: `${method} is not for /v1: it can only be read, by GET.` });
  const segments = segmentsOf(path);
  const [collection = "", ident] = segments;
  refuseYoung(method, segments, minor);
  if (method === "PUT" && INDICATORS.test(path))
    throw MissingParameterValue({ reason: `PUT ${path} does not name an indicator: put COMPONENT/NAME behind it.` });
  const allowed = controllerOf(segments);
  if (allowed === null || !allowed.includes(method)) return refuseMethod(path);
  if (collection === "lookup" || NOTHING_BELOW.has(`${collection} ${segments[2]}`)) return refuseMethod(path);
  if (method === "GET" && collection === "chassis") {
    throw InvalidParameterValue({ reason: `${path} has more parts than a chassis; drop those behind "nodes".` });
  }
  const listedOnly = collection === "nodes" ? LISTED_ONLY.has(segments[2] ?? "") : segments[2] === "ports";
  if (listedOnly) {
    throw InvalidParameterValue({
      reason: `${method} ${path}: these are only listed here; leave out what they belong to.`,
    });
  }
  if (method === "GET" && collection === "nodes" && UNSHOWN_ONES.has(segments[2] ?? "")) refuseMethod(path);
  const [, , , named] = BY_UUID.exec(`${method} ${path}`) ?? [];
  if (named !== undefined && !isUuidLike(named)) throw InvalidUuid({ uuid: named });
  if (method === "GET") throw NotFound({ what: `The resource ${path}` });
  if (collection === "volume" ? segments[2] === undefined : segments[2] === "vifs" && segments[3] === undefined) {
    throw MissingParameterValue({
      reason: `${method} ${path} does not name what it is for: an identifier is missing.`,
    });
  }
  if (ident === undefined || method === "POST") {
    throw MissingParameterValue({
      reason: `${method} ${path} does not name what it is for: ${ident === undefined ? "an identifier is missing at the end" : "nothing can be posted below an identifier"}.`,
    });
  }
  if (method === "PATCH")
    throw InvalidParameterValue({ reason: `${method} ${path}: only ${collection}/${ident} itself can be changed.` });
  throw NotFound({ what: `The resource ${path}` });
}

const LOGICAL_NAME = /^[A-Za-z0-9._~-]{1,255}$/;

/** @throws RouterError 400 for a node identifier that can be neither UUID nor name */
export function checkNodeIdent(ident: string): void {
  if (!isUuidLike(ident) && !LOGICAL_NAME.test(ident)) {
    throw new RouterError(400, `Expected a UUID or a logical name but received "${ident}".`);
  }
}

/** @throws RouterError for a word behind a node or a driver that is the name of a controller and so no field */
export function checkField(path: string): void {
  const [collection, , word = ""] = segmentsOf(path);
  const ofNode = word === "volume" || Object.hasOwn(NODE_CONTROLLERS, word);
  if (collection === "drivers" ? word === "raid" : ofNode) refuseMethod(path);
}
