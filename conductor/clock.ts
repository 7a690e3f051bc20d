/** Wall-clock time as records carry it. The clock is injected, so that tests decide how late it is. */

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** ISO 8601 UTC with microseconds and offset, as every stored time: 2026-11-21T11:32:31.123000+00:00. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000+00:00");
}

/** Milliseconds of a stored time; null for null or for what is no time. */
export function millis(text: string | null): number | null {
  if (text === null) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
