/** Values that are kept for some time, as many as there is room for: the one that was not used for longest goes first. */
interface Entry<V> {
  readonly value: V;
  /** Milliseconds of the clock. */
  readonly until: number;
}

export class BoundedCache<V> {
  readonly #room: number;
  readonly #clock: () => number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<V>>();

  constructor(room: number, clock: () => number = Date.now) {
    this.#room = room;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.until <= this.#clock()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** `until`: milliseconds of the clock. */
  set(key: string, value: V, until: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#room) return;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
