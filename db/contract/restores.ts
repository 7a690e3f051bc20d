/** The mark that a restore or an import leaves until somebody has confirmed that its records fit the machines. */
export interface RestoreMark {
  /** What the records came from, for operators: "the backup nightly.ferric", "an Ironic database". */
  readonly origin: string;
  /** When the records were as they are. */
  readonly as_of: string;
  readonly restored_at: string;
  /** False while it is under way, and for ever when it broke off: such a database is not usable. */
  readonly complete: boolean;
}

export interface RestoreStore {
  find(): Promise<RestoreMark | null>;
  /** Answers the mark that was there; an incomplete one stays. */
  acknowledge(): Promise<RestoreMark | null>;
}
