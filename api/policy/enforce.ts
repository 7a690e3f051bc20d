/**
 * The policy hook. Every route names its rule; the answer says which records the caller may see and which fields are
 * hidden from it. Without authentication everything is allowed; rules as data come with the other strategies.
 */
import type { Context } from "../../common/context.ts";
import type { Condition } from "../../db/contract.ts";

export interface Access {
  /** Conditions for the query itself: what lies outside does not exist for the caller. Absent: everything is visible. */
  readonly visibility?: readonly Condition[];
  /** Fields shown as redacted. */
  readonly hidden?: ReadonlySet<string>;
}

export interface Policy {
  /** @throws NotAuthorized; a record one may not see is not found instead, by `visibility` */
  authorize(rule: string, context: Context): Access;
}

const EVERYTHING: Access = {};

export const allowAll: Policy = { authorize: () => EVERYTHING };
