/** What a step of the walk is, and the short ways to write one. */

/** What earlier steps remembered, by name; `{name}` in an argument stands for it. */
export type Memory = Map<string, string>;

export interface Step {
  /** The subcommand as the client names it; null for a step that only waits. */
  readonly command: string | null;
  readonly args: readonly string[];
  /** Must be found in what the command prints. */
  readonly says?: RegExp;
  /** The service refuses it, with this in what the command prints: so does the real one. */
  readonly refused?: RegExp;
  /** It may also be refused with this, where an earlier step took another way; the subcommand must go well elsewhere. */
  readonly orRefused?: RegExp;
  /** Keeps the first group of `says` under this name. */
  readonly keep?: string;
  /** The node and the provision state it must reach afterwards, or several with "|" between. */
  readonly until?: readonly [node: string, state: string];
}

type More = Omit<Step, "command" | "args">;

/** A subcommand with its arguments; `more` says what must come of it. */
export function step(command: string, args: readonly string[] = [], more: More = {}): Step {
  return { command, args, ...more };
}

/** The same, and what it prints as JSON must match `says`. */
export function shows(command: string, args: readonly string[], says: RegExp, more: More = {}): Step {
  return { command, args: [...args, "-f", "json"], says, ...more };
}

/** A verb that moves a node. */
export function moves(command: string, node: string, state: string, args: readonly string[] = []): Step {
  return { command, args: [node, ...args], until: [node, state] };
}
