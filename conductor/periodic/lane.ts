/** At most so many at once; the others wait in line. */
export class Lane {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#limit) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#busy++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on as it is.
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}
