/** Binds a route's query and body declarations to its handler, so that the handler is typed and the table is not. */
import { type ParamDefs, parseQuery } from "./params.ts";
import type { Route, RouteDef } from "./route.ts";
import { type Checker, checker } from "./validate.ts";

/** A route without a body; one sent along is ignored. */
export function route<const P extends ParamDefs = Record<never, never>>(
  def: Omit<RouteDef<P, undefined>, "body">,
): Route {
  return bound({ ...def, body: NO_BODY }, false);
}

/** A route with a body, checked by `def.body` after the query. */
export function bodyRoute<B, const P extends ParamDefs = Record<never, never>>(
  def: RouteDef<P, B> & { readonly body: Checker<B> },
): Route {
  return bound(def, true);
}

/** Any JSON, for bodies that the handler checks itself. */
export const ANY_BODY: Checker<unknown> = { check: (value) => value };

const NO_BODY: Checker<undefined> = { check: () => undefined };
const EMPTY: ParamDefs = {};

function bound<P extends ParamDefs, B>(def: RouteDef<P, B> & { readonly body: Checker<B> }, takesBody: boolean): Route {
  const { method, path, policy, status } = def;
  const params = (def.query ?? EMPTY) as P;
  return {
    method,
    path,
    policy,
    status,
    takesBody,
    params,
    ...(def.body.schema === undefined ? {} : { bodySchema: def.body.schema }),
    ...(def.since === undefined ? {} : { since: def.since }),
    ...(def.below === undefined ? {} : { below: def.below }),
    ...(def.decides === undefined ? {} : { decides: def.decides }),
    ...(def.mayGoOn === undefined ? {} : { mayGoOn: def.mayGoOn }),
    ...(def.tells === undefined ? {} : { tells: def.tells }),
    ...(def.absentText === undefined ? {} : { absentText: def.absentText }),
    ...(def.bodyLimit === undefined ? {} : { bodyLimit: def.bodyLimit }),
    ...(def.ramdisk === undefined ? {} : { ramdisk: def.ramdisk }),
    run(call, rawQuery) {
      const query = parseQuery(params, rawQuery, call.minor);
      return def.handle({ ...call, query, body: def.body.check(call.body) });
    },
  };
}

/** A checker for the usual body: an object with these properties and no others. An absent body is an empty object. */
export function objectBody<B>(
  what: string,
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
): Checker<B> {
  return checker<B>(what, { type: "object", properties, required, additionalProperties: false });
}
