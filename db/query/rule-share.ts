/**
 * How much of a table an access rule lets through. A page of what is nearly everything is read fastest in the table's own
 * order; of little, by the rule's indexes. The database does not know: it sees the rule, not how often it holds.
 */
import type { Work } from "../engine.ts";

interface Share {
  readonly isLarge: boolean;
  /** By the monotonic clock, in milliseconds. */
  readonly until: number;
}

const LARGE = 1 / 4;
/** Nothing depends on it but time. */
const KEPT_MS = 60_000;
const MOST = 1000;

export class RuleShares {
  readonly #shares = new Map<string, Share>();

  /** `counts`: how many rows the rule lets through, and how many there are. */
  *isLarge(rule: string, counts: () => Work<readonly [part: number, whole: number]>): Work<boolean> {
    const now = performance.now();
    const known = this.#shares.get(rule);
    if (known !== undefined && known.until > now) return known.isLarge;
    const [part, whole] = yield* counts();
    if (this.#shares.size >= MOST) this.#shares.clear();
    const isLarge = part >= whole * LARGE;
    this.#shares.set(rule, { isLarge, until: now + KEPT_MS });
    return isLarge;
  }
}
