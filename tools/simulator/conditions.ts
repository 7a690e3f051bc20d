/** What may be wrong with a machine's controller and the way to it: set at start, by the control endpoint, by incidents. */

export interface Conditions {
  /** Milliseconds before an answer, and up to so many more by chance. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Share of packets that get lost, on each way (0 to 1); over TCP: of requests whose connection is cut. */
  readonly loss: number;
  /** Share of what is carried out whose answer gets lost; over TCP: whose connection is cut after it. */
  readonly answerLoss: number;
  /** Share of requests that are refused: IPMI C0h "node busy", Redfish 503. */
  readonly failures: number;
  /** The controller answers nothing at all. */
  readonly hangs: boolean;
  /** Every login is refused. */
  readonly refusesLogin: boolean;
  /** Every session slot is taken by somebody else. */
  readonly slotsFull: boolean;
  /** Images for the virtual drives, and URLs to boot from, are refused. */
  readonly refusesMedia: boolean;
  /** The firmware starts from the disk, whatever it has been told. */
  readonly bootsDisk: boolean;
}

export const HEALTHY: Conditions = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  answerLoss: 0,
  failures: 0,
  hangs: false,
  refusesLogin: false,
  slotsFull: false,
  refusesMedia: false,
  bootsDisk: false,
};

const SHARES: readonly string[] = ["loss", "answerLoss", "failures"];

/** What is given of them. @throws Error naming the field that is none, or has no value of its kind */
export function readConditions(given: object): Partial<Conditions> {
  for (const [name, value] of Object.entries(given)) {
    const standard = Object.hasOwn(HEALTHY, name) ? HEALTHY[name as keyof Conditions] : undefined;
    if (standard === undefined)
      throw new Error(`"${name}" is no condition; there are ${Object.keys(HEALTHY).join(", ")}`);
    const wanted = wantedOf(name, standard);
    if (typeof value !== typeof standard || (typeof value === "number" && !(value >= 0 && value <= mostOf(name))))
      throw new Error(`condition ${name} wants ${wanted}, got ${JSON.stringify(value)}`);
  }
  return given;
}

const LONGEST_MS = 600_000;

function mostOf(name: string): number {
  return SHARES.includes(name) ? 1 : LONGEST_MS;
}

function wantedOf(name: string, standard: number | boolean): string {
  if (typeof standard === "boolean") return "true or false";
  return SHARES.includes(name) ? "a share from 0 to 1 (0.05: 5 %)" : `milliseconds from 0 to ${LONGEST_MS}`;
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
