/** What was started, to be stopped in the reverse order; a part that fails to stop keeps no other from it. */
export class Closing implements AsyncDisposable {
  readonly #parts: (() => PromiseLike<void> | void)[] = [];

  /** Notes how to stop `part` and returns it. */
  add<T extends AsyncDisposable | Disposable>(part: T): T {
    this.#parts.push(() => (Symbol.asyncDispose in part ? part[Symbol.asyncDispose]() : part[Symbol.dispose]()));
    return part;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#parts.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, "several parts of the service failed to stop");
  }
}
