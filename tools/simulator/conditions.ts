/** What may be wrong with a machine's controller and the way to it: set at start, by the control endpoint, by incidents. */

export interface Conditions {
  /** Milliseconds before an answer, and up to so many more by chance. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Share of packets that get lost, on each way (0 to 1); over TCP: of requests whose connection is cut. */
  readonly loss: number;
  /** Share of requests that are refused: IPMI C0h "node busy", Redfish 503. */
  readonly failures: number;
  /** The controller answers nothing at all. */
  readonly hangs: boolean;
  /** Every login is refused. */
  readonly refusesLogin: boolean;
  /** Every session slot is taken by somebody else. */
  readonly slotsFull: boolean;
}

export const HEALTHY: Conditions = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  failures: 0,
  hangs: false,
  refusesLogin: false,
  slotsFull: false,
};

/** @throws Error naming the field that is none, or has no value of its kind */
export function readConditions(given: object, base: Conditions = HEALTHY): Conditions {
  const read: Record<string, number | boolean> = { ...base };
  for (const [name, value] of Object.entries(given)) {
    const standard = HEALTHY[name as keyof Conditions];
    if (standard === undefined)
      throw new Error(`"${name}" is no condition; there are ${Object.keys(HEALTHY).join(", ")}`);
    if (typeof value !== typeof standard) throw new Error(`condition ${name} wants a ${typeof standard}`);
    if (typeof value === "number" && !(value >= 0)) throw new Error(`condition ${name} is negative`);
    read[name] = value;
  }
  return read as unknown as Conditions;
}

/** Numbers from 0 to 1 that are the same in each run with the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
