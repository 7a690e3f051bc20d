/**
 * The policy hook. Every route names its rule; what a caller may do and see is decided from it once and used three ways:
 * a refusal, conditions of the queries, and fields that are shown as redacted.
 */
import type { Context } from "../../common/context.ts";
import { NotAuthorized } from "../../common/errors/request.ts";
import type { Query } from "../../db/contract.ts";
import type { Hiding } from "./hiding.ts";
import type { RecordKind } from "./records.ts";

export type Visibility = Pick<Query, "visibility">;

export interface Access {
  /**
   * What `find` finds of the records of this kind that the caller may see and do this with. A record one may not see is
   * not found: null.
   * @throws NotAuthorized for one that may be seen, but not for this
   */
  permitted<T>(kind: RecordKind, find: (visibility: Visibility) => Promise<T | null>): Promise<T | null>;
  /** What of a list is the caller's to see, for the rules that end in `list` and `list_all`. @throws NotAuthorized */
  listed(kind: RecordKind): Visibility;
  /** For a record that was not found: who may not do this with every record is refused, as with one that is there. @throws NotAuthorized */
  refuseUnknown(): void;
}

/** One caller, as the rules see it. */
export interface Caller {
  /** The token's project where rules are enforced; else null. */
  readonly project: string | null;
  /** False where everybody may do everything: without Keystone. */
  readonly enforced: boolean;
  /** What all of these rules allow. @throws NotAuthorized where one of them is about no record, and refuses */
  access(...rules: readonly string[]): Access;
  /** For rules that are about no record. */
  allows(rule: string): boolean;
  /** Null where nothing is hidden. */
  readonly hiding: Hiding | null;
  /** Which secrets are shown in clear. */
  readonly reveals: Reveals | null;
}

export interface Reveals {
  readonly driver: boolean;
  readonly instance: boolean;
}

export interface Policy {
  /** Cheap for callers that have been seen before. */
  caller(context: Pick<Context, "identity">): Caller;
}

/** The message is Ironic's own. */
export const denied = (rule: string) =>
  NotAuthorized({ reason: `Access was denied to the following resource: ${rule}` });

const EVERYTHING: Visibility = {};

/** The rule of routes that are open to everybody. */
export const PUBLIC = "public";

export const FULL_ACCESS: Access = {
  permitted: (_kind, find) => find(EVERYTHING),
  listed: () => EVERYTHING,
  refuseUnknown: () => undefined,
};
