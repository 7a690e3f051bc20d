/** How machines answered so far, by what was read of them: how long to wait for them, when to leave them alone. */

interface Standing {
  /** In a row. */
  failures: number;
  /** Passes to be left out. */
  rest: number;
  /** What a reading takes, in milliseconds, the late ones counting most; null before the first. */
  tookMs: number | null;
  /** When the next reading is expected, as `now`. */
  next: number;
}

/** Of the interval: the longest that a machine may take; two of it and the spread end within the interval. */
const PATIENCE = 0.2;
/** Never less: a controller under load, or a line that loses every tenth packet, needs it. */
const LEAST_PATIENCE_MS = 8000;
/** How much longer than usual a reading may take. */
const LATITUDE = 20;
/** A machine that fails this often is not worth the full patience again. */
const HOPELESS = 2;
/** What a late reading counts less with each one after it. */
const FADING = 0.1;
/** Readings this near to one another share a session. */
const SOON_MS = 5000;
/** Share of a moment that is chance. */
const CHANCE = 0.05;

export class Standings {
  readonly #polls = new Map<string, Map<string, Standing>>();

  /** Forgets the machines that are not read any more. */
  keepOnly(poll: string, machines: ReadonlySet<string>): void {
    const known = this.#of(poll);
    for (const uuid of known.keys()) if (!machines.has(uuid)) known.delete(uuid);
  }

  /** Whether it is left out this time. */
  rests(poll: string, uuid: string): boolean {
    const standing = this.#of(poll).get(uuid);
    if (standing === undefined || standing.rest === 0) return false;
    standing.rest--;
    return true;
  }

  /** Milliseconds to wait for a reading. */
  patience(poll: string, uuid: string, everyMs: number, least = LEAST_PATIENCE_MS): number {
    const most = Math.max(least, everyMs * PATIENCE);
    const { tookMs = null, failures = 0 } = this.#of(poll).get(uuid) ?? {};
    if (failures >= HOPELESS) return least;
    // What was silent once may be slow rather than dead.
    if (tookMs === null || failures > 0) return most;
    return Math.min(most, Math.max(least, tookMs * LATITUDE));
  }

  /** Milliseconds until any poll is expected to read the machine again after a reading that begins `now`. */
  nextUse(poll: string, uuid: string, now: number, everyMs: number): number {
    this.#standing(poll, uuid).next = now + everyMs;
    let nearest = everyMs;
    for (const [, standings] of this.#polls) {
      const left = (standings.get(uuid)?.next ?? Number.POSITIVE_INFINITY) - now;
      // What is a little overdue comes any moment; what is long overdue does not come.
      if (left > -SOON_MS) nearest = Math.min(nearest, Math.max(SOON_MS, left));
    }
    return nearest;
  }

  answered(poll: string, uuid: string, ms: number): void {
    const standing = this.#standing(poll, uuid);
    standing.failures = 0;
    standing.rest = 0;
    standing.tookMs = Math.max(ms, (standing.tookMs ?? 0) * (1 - FADING));
  }

  /** Counts, and sets the rest. Answers the failures in a row. */
  failed(poll: string, uuid: string, longestRest: number): number {
    const standing = this.#standing(poll, uuid);
    standing.failures++;
    standing.rest = Math.min(longestRest, 2 ** Math.min(20, standing.failures - 1));
    return standing.failures;
  }

  failures(poll: string, uuid: string): number {
    return this.#of(poll).get(uuid)?.failures ?? 0;
  }

  #of(poll: string): Map<string, Standing> {
    const known = this.#polls.get(poll) ?? new Map<string, Standing>();
    this.#polls.set(poll, known);
    return known;
  }

  #standing(poll: string, uuid: string): Standing {
    const known = this.#of(poll).get(uuid) ?? { failures: 0, rest: 0, tookMs: null, next: Number.NEGATIVE_INFINITY };
    this.#of(poll).set(uuid, known);
    return known;
  }
}

/** Where in a pass a machine has its turn, from 0 to 1: by its name, which spreads them evenly, and a little chance. */
export function momentOf(uuid: string): number {
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5;
  for (let at = 0; at < uuid.length; at++) hash = Math.imul(hash ^ uuid.charCodeAt(at), 0x01000193);
  // The last characters have moved the low bits only; these are mixed into the high ones (the end of MurmurHash3).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> 0) / 2 ** 32) * (1 - CHANCE) + Math.random() * CHANCE;
}
