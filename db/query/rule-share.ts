/**
 * How much of a table an access rule lets through. A page of what is nearly everything is read fastest in the table's own
 * order; of little, by the rule's indexes. The database does not know: it sees the rule, not how often it holds.
 */
import type { Condition } from "../contract.ts";

type Rule = readonly Condition[];

interface Share {
  readonly isLarge: boolean;
  /** By the monotonic clock, in milliseconds. */
  readonly until: number;
}

const LARGE = 1 / 4;
/** Nothing depends on it but time. */
const KEPT_MS = 60_000;

export class RuleShares {
  /** By the list itself: a caller's rule is one and the same with all its requests. */
  readonly #shares = new WeakMap<Rule, Share>();

  /** Undefined: to be judged, anew after a while. */
  known(rule: Rule): boolean | undefined {
    const share = this.#shares.get(rule);
    return share !== undefined && share.until > performance.now() ? share.isLarge : undefined;
  }

  /** `part` of `whole` rows pass the rule. */
  judge(rule: Rule, part: number, whole: number): boolean {
    const isLarge = part >= whole * LARGE;
    this.#shares.set(rule, { isLarge, until: performance.now() + KEPT_MS });
    return isLarge;
  }
}
