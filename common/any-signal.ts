/** A signal that aborts with the first of several, whatever kind they are. */

const hold = () => undefined;

/**
 * As AbortSignal.any, which on Node 20 forgets a source made by AbortSignal.timeout once memory is collected: the limit
 * then never comes. A listener of our own holds it; being the same for all, it is added to each source only once.
 */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  for (const signal of signals) signal.addEventListener("abort", hold, { once: true });
  return AbortSignal.any([...signals]);
}
