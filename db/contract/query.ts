/** How records are asked for, whatever their kind. */

export type Scalar = string | number | boolean | null;

/** Conditions on columns, all of them and-ed: equal, one of, not one of, null or not, less than, contains (text). */
export type Condition =
  | { readonly field: string; readonly is: Scalar }
  | { readonly field: string; readonly in: readonly Scalar[] }
  | { readonly field: string; readonly notIn: readonly Scalar[] }
  | { readonly field: string; readonly null: boolean }
  | { readonly field: string; readonly below: string | number }
  | { readonly field: string; readonly contains: string }
  /** A node's UUID, and a node for which these hold. */
  | { readonly field: string; readonly inNodes: readonly Condition[] }
  /** Disjunction of conjunctions; access rules (owner or lessee) are this. */
  | { readonly anyOf: readonly (readonly Condition[])[] };

export interface Query {
  readonly where?: readonly Condition[];
  /** Access rules of the caller, in the query itself: a record outside it does not exist for the caller. */
  readonly visibility?: readonly Condition[];
  /** Only these columns are read; the rest of the record is absent. `id` and `uuid` always come. */
  readonly fields?: readonly string[];
  readonly limit?: number;
  /** UUID of the last record of the page before. */
  readonly marker?: string;
  readonly sortKey?: string;
  readonly sortDir?: "asc" | "desc";
}

export type Reading = Pick<Query, "visibility" | "fields">;

/** What somebody keeps of a record, e.g. its text as an answer. */
export interface Kept {
  readonly uuid: string;
}

/**
 * Keeps things made of records. Id and version together name one state of one record: the version changes with every
 * change of what is shown of it, by whoever it is made.
 */
export interface Keeper<R, K extends Kept> {
  /** What is needed of a record to make one. */
  readonly reading: Pick<Query, "fields">;
  known(id: number, version: number): K | undefined;
  keep(record: R, version: number): K;
}
