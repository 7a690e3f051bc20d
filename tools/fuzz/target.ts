/** What is fuzzed: something that takes bytes, and knows what may come of them. */
import type { Random } from "../fault-matrix/random.ts";

export interface Target {
  readonly name: string;
  /** What the bytes are, for the page of results. */
  readonly what: string;
  /** Inputs to begin with: good ones, and bad ones that once were trouble. */
  readonly seeds: readonly Buffer[];
  /** Pieces that mean something, to be put into inputs. */
  readonly words: readonly (string | Buffer)[];
  /** In place of changing bytes, now and then: inputs that come past the first check. Null: not possible with this one. */
  mutate?(input: Buffer, random: Random): Buffer | null;
  /** @throws Error for everything that must not happen; what is refused as it should be is no error */
  run(input: Buffer): void | Promise<void>;
  close?(): Promise<void>;
}

/** Opened when its turn comes: some start servers. */
export interface TargetKind {
  readonly name: string;
  open(): Target | Promise<Target>;
}

/** Runs `call`; what `isRefusal` knows is fine. Answers undefined then. */
export function unlessRefused<T>(call: () => T, isRefusal: (error: unknown) => boolean): T | undefined {
  try {
    return call();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** A promise about every output is broken. */
export class Broken extends Error {
  override readonly name = "Broken";
}

export function hold(condition: boolean, promise: string): void {
  if (!condition) throw new Broken(promise);
}
