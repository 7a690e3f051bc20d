/** A gate between a part under test and the world: closed, calls wait, as those of a process that is stopped or gone. */

export class Gate {
  #open: Promise<void> | null = null;
  #release: () => void = () => {};

  close(): void {
    this.#open ??= new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  open(): void {
    this.#open = null;
    this.#release();
  }

  /** The outcome too passes through: what was on its way when the gate closed arrives after it opens. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    await this.#passage();
    try {
      return await work();
    } finally {
      await this.#passage();
    }
  }

  async #passage(): Promise<void> {
    while (this.#open !== null) await this.#open;
  }
}

/** `target` with every method, also of the objects it is made of, behind the gate. Methods must return promises. */
export function gated<T extends object>(target: T, gate: Gate): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value === "function")
        return (...args: readonly unknown[]) => gate.through(async () => Reflect.apply(value, object, args));
      return typeof value === "object" && value !== null ? gated(value, gate) : value;
    },
  });
}
