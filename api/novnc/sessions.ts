/** The sessions of a proxy: how many there may be, and none longer than its console is open under the token it came with. */
import { type ConsoleAccess, opens } from "../../common/console-access.ts";
import { ConsoleFull } from "../../common/errors/console.ts";
import type { Logger } from "../../common/log.ts";
import type { ConsoleSession } from "./session.ts";

const LOOK_MS = 2000;
/** A database that is away for a moment ends nothing; who cannot be judged for longer has to come again. */
const BLIND_MS = 60_000;

export interface Place extends Disposable {
  readonly node: string;
}

interface Open {
  readonly node: string;
  readonly token: string;
  readonly session: ConsoleSession;
}

export class Sessions implements AsyncDisposable {
  readonly #open = new Set<Open>();
  /** Of each node, counting those that are being opened. */
  readonly #places = new Map<string, number>();
  readonly #most: number;
  readonly #accessOf: (node: string) => Promise<ConsoleAccess | null>;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #seenAt = performance.now();
  #looking = false;
  #stopped = false;

  constructor(mostPerNode: number, accessOf: (node: string) => Promise<ConsoleAccess | null>, log: Logger) {
    this.#most = mostPerNode;
    this.#accessOf = accessOf;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  get size(): number {
    return this.#open.size;
  }

  /** Disposing gives it back. @throws ConsoleFull */
  takePlace(node: string): Place {
    const taken = this.#places.get(node) ?? 0;
    if (taken >= this.#most) throw ConsoleFull({ limit: this.#most });
    this.#places.set(node, taken + 1);
    return { node, [Symbol.dispose]: () => this.#leave(node) };
  }

  #leave(node: string): void {
    const left = (this.#places.get(node) ?? 1) - 1;
    if (left > 0) this.#places.set(node, left);
    else this.#places.delete(node);
  }

  /** Resolves when the session has ended. */
  async run({ node }: Place, token: string, session: ConsoleSession): Promise<void> {
    const entry = { node, token, session };
    this.#open.add(entry);
    if (this.#stopped) session.close("stopping");
    await session.ended;
    this.#open.delete(entry);
  }

  /** Ends the sessions of consoles that were switched off, started anew, or are gone. Does not reject. */
  async look(): Promise<void> {
    if (this.#looking || this.#open.size === 0) {
      if (this.#open.size === 0) this.#seenAt = performance.now();
      return;
    }
    this.#looking = true;
    try {
      for (const node of new Set([...this.#open].map((entry) => entry.node))) {
        const access = await this.#accessOf(node);
        for (const entry of this.#open)
          if (entry.node === node && !opens(access, entry.token)) entry.session.close("revoked");
      }
      this.#seenAt = performance.now();
    } catch (error) {
      this.#log.warn({ error }, "whether consoles are still open could not be read; it is tried again");
      if (performance.now() - this.#seenAt > BLIND_MS) this.#closeAll("revoked");
    } finally {
      this.#looking = false;
    }
  }

  #closeAll(reason: "revoked" | "stopping"): void {
    for (const { session } of this.#open) session.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped = true;
    const ends = [...this.#open].map(({ session }) => session.ended);
    this.#closeAll("stopping");
    await Promise.all(ends);
  }
}
