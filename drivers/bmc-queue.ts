/** One command at a time to each BMC: many answer wrongly, or not at all, when two sessions ask at once. */
export class BmcQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for the turn at `bmc`, works, and hands on. @throws the signal's reason when it aborts in the queue */
  async turn<T>(bmc: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(bmc) ?? Promise.resolve();
    const { promise: mine, resolve: handOn } = withResolvers();
    const tail = before.then(() => mine);
    this.#tails.set(bmc, tail);
    try {
      await reached(before, signal);
      return await work();
    } finally {
      handOn();
      if (this.#tails.get(bmc) === tail) this.#tails.delete(bmc);
    }
  }

  /** BMCs with work or waiters, for tests. */
  get busy(): number {
    return this.#tails.size;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function reached(before: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    void before.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}
