/** A rule, a promise or a face of reliability.md, and what shows that it holds. */
export interface Proof {
  /** A file below spec/. */
  readonly spec: string;
  /** A piece of the title of a test in it; a template's fixed part. */
  readonly title: string;
}

export interface Row {
  /** As reliability.md names it. */
  readonly name: string;
  readonly rule: string;
  readonly proofs: readonly Proof[];
  /** What is not there yet, and the issue that brings it. */
  readonly later?: string;
}

export const at = (spec: string, title: string): Proof => ({ spec, title });
