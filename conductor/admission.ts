/**
 * Holds a limit on what is under way although many ask in the same moment: the count comes from the database, and what
 * this process is just beginning counts too. Between processes it remains a matter of moments, as it does in Ironic.
 */
interface Beginnings {
  /** Admitted, and not yet in the database for sure. */
  open: number;
  /** Admitted and over, since the start. */
  ended: number;
  waiting: (() => void)[];
}

export class Admission {
  readonly #beginnings = new Map<string, Beginnings>();

  /** Runs `begin` unless `limit` are under way already; false then. `count` reads how many are. @throws what the two throw */
  async admit(name: string, limit: number, count: () => Promise<number>, begin: () => Promise<void>): Promise<boolean> {
    const of = this.#of(name);
    for (;;) {
      const endedBefore = of.ended;
      const busy = await count();
      // What ended while the count was read may be in it, or not.
      const unsure = of.open + of.ended - endedBefore;
      if (busy + unsure < limit) break;
      if (busy >= limit || unsure === 0) return false;
      if (of.open > 0) await new Promise<void>((resolve) => of.waiting.push(resolve));
    }
    of.open++;
    try {
      await begin();
      return true;
    } finally {
      of.open--;
      of.ended++;
      for (const wake of of.waiting.splice(0)) wake();
    }
  }

  #of(name: string): Beginnings {
    const known = this.#beginnings.get(name) ?? { open: 0, ended: 0, waiting: [] };
    this.#beginnings.set(name, known);
    return known;
  }
}
