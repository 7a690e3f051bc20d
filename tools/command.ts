/** What a command of the command line is, and what help must be able to say about it. */
export interface Helped {
  readonly name: string;
  /** One line, in small letters, without a full stop. */
  readonly summary: string;
  readonly usage: string;
  /** Lines of `flag  meaning`, beside those that every service command takes. */
  readonly flags: readonly string[];
  /** Whether it takes the configuration's own flags. */
  readonly configured: boolean;
  readonly examples: readonly string[];
  /** Lines of `code  meaning`, where it says more than EXIT_CODES. */
  readonly exitCodes?: readonly string[];
  /** Paragraphs for what one line does not say. */
  readonly about?: readonly string[];
}

export interface Runnable extends Helped {
  /** Loaded only when it runs. Answers the exit code. */
  load(): Promise<(argv: readonly string[]) => Promise<number>>;
}

/** A command does something itself, or has actions that do: `ferric db backup`. */
export type Command = Runnable | (Helped & { readonly actions: readonly Runnable[] });

export const EXIT_CODES: readonly string[] = [
  "0  done, or stopped as asked",
  "1  failed; the message says why",
  "2  wrong usage or configuration; nothing was done",
];
