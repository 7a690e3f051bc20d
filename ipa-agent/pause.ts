/** Waiting as a value that tests replace. */
import { setTimeout as timer } from "node:timers/promises";

/** Resolves after `ms`; rejects when the signal is aborted. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

export const realPause: Pause = async (ms, signal) => {
  await timer(ms, undefined, signal === undefined ? {} : { signal });
};
