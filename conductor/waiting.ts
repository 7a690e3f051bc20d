/** Limits of time and signals for work that is waited for. */
import { raceAbort } from "../common/race-abort.ts";

/** The work with a time limit, for cleaning up where nobody waits any more. @throws Error naming `what` */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`${what} did not end within ${ms / 1000} s`)), ms);
  try {
    return await raceAbort(work, late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A signal that aborts with either; disposing leaves nothing behind on the two (AbortSignal.any does, on a long-lived one). */
export function eitherAborts(one: AbortSignal, other: AbortSignal | undefined): Disposable & { signal: AbortSignal } {
  const both = new AbortController();
  const signals = other === undefined ? [one] : [one, other];
  const abort = () => both.abort(signals.find((signal) => signal.aborted)?.reason);
  for (const signal of signals) signal.addEventListener("abort", abort, { once: true });
  if (signals.some((signal) => signal.aborted)) abort();
  return {
    signal: both.signal,
    [Symbol.dispose]() {
      for (const signal of signals) signal.removeEventListener("abort", abort);
    },
  };
}
