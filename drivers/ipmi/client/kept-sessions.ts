/** Sessions between two uses: at most one a BMC, only while its next use is near, none at a BMC whose slots ran out. */
import type { Credentials } from "./rakp.ts";
import type { Session } from "./session.ts";

/** What a session is opened with. */
export interface Login extends Credentials {
  /** Numbers of cipher suites to try, best first. */
  readonly cipherSuites: readonly number[];
}

/** Whether a session of the one may serve the other. */
export function sameLogin(one: Login, other: Login): boolean {
  return (
    one.username === other.username &&
    one.password === other.password &&
    one.privilege === other.privilege &&
    (one.kgKey?.toString("hex") ?? null) === (other.kgKey?.toString("hex") ?? null) &&
    one.cipherSuites.join() === other.cipherSuites.join()
  );
}

/** A BMC ends what is idle for 60 s, 3 s more or less (IPMI 2.0, 6.12.15). */
export const LONGEST_IDLE = 57_000;
/** How long a BMC that had no free session is left without a kept one. */
const CROWDED_MS = 10 * 60_000;

interface Kept {
  readonly session: Session;
  /** What it was opened with: another login must not use it. */
  readonly login: Login;
  readonly timer: NodeJS.Timeout;
}

export class KeptSessions {
  readonly #kept = new Map<string, Kept>();
  /** Until when, by performance.now(). */
  readonly #crowded = new Map<string, number>();
  readonly #expired: (bmc: string) => void;

  /** `expired` is told when a session's next use did not come; the owner takes it and closes it. */
  constructor(expired: (bmc: string) => void) {
    this.#expired = expired;
  }

  get size(): number {
    return this.#kept.size;
  }

  take(bmc: string): { session: Session; login: Login } | null {
    const kept = this.#kept.get(bmc);
    if (kept === undefined) return null;
    clearTimeout(kept.timer);
    this.#kept.delete(bmc);
    return kept;
  }

  /** False: it is not to be kept, and the caller closes it. `nextUseMs`: when it is expected to be used again. */
  put(bmc: string, login: Login, session: Session, nextUseMs: number): boolean {
    if (nextUseMs <= 0 || nextUseMs > LONGEST_IDLE || this.isCrowded(bmc)) return false;
    const timer = setTimeout(() => this.#expired(bmc), nextUseMs);
    timer.unref();
    this.#kept.set(bmc, { session, login, timer });
    return true;
  }

  /** The BMC had no free session. */
  noteCrowded(bmc: string): void {
    this.#crowded.set(bmc, performance.now() + CROWDED_MS);
  }

  isCrowded(bmc: string): boolean {
    const until = this.#crowded.get(bmc);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#crowded.delete(bmc);
    return false;
  }

  /** All that are kept, which are kept no more. */
  takeAll(): readonly Session[] {
    const sessions = [...this.#kept.keys()].flatMap((bmc) => this.take(bmc)?.session ?? []);
    return sessions;
  }
}
