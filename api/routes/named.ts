/** What routes of records with a UUID and a name share: finding one by its path, and which names are allowed. */
import type { FerricError } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { ParamDef, ParamDefs } from "../engine/params.ts";
import type { Call } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";

const LOGICAL = /^[A-Za-z0-9._~-]{1,255}$/;

export function isIdent(text: string): boolean {
  return isUuidLike(text) || LOGICAL.test(text);
}

/** @throws InvalidParameterValue; an empty name is one, so the contract has it */
export function checkName(what: string, name: string | null | undefined): void {
  if (name === undefined || name === null || name === "" || LOGICAL.test(name)) return;
  throw InvalidParameterValue({
    reason: `${what} name "${name.slice(0, 100)}" is not valid: use letters, digits, "-", ".", "_" and "~".`,
  });
}

interface Findable<R> {
  find(ident: string): Promise<R | null>;
  notFound(ident: string): FerricError;
}

/** The record a path names. @throws InvalidParameterValue for what can be no name, what `notFound` makes */
export async function findNamed<R>(
  call: Pick<Call<ParamDefs, unknown>, "jsonSuffix">,
  store: Findable<R>,
  ident: string,
): Promise<R> {
  if (!isIdent(ident)) {
    throw InvalidParameterValue({ reason: `Expected a UUID or a logical name but received "${ident.slice(0, 100)}".` });
  }
  const found = (call.jsonSuffix ? await store.find(`${ident}.json`) : null) ?? (await store.find(ident));
  if (found === null) throw store.notFound(ident);
  return found;
}

/** A marker is the UUID of a record; what could be a name is one that is not found. */
export const namedMarker: ParamDef<string> = {
  parse(raw) {
    if (isIdent(raw)) return raw;
    throw InvalidParameterValue({ reason: `Expected a UUID or a name for marker, got "${raw.slice(0, 100)}".` });
  },
};
