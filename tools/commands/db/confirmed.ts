/** Asks at the terminal before something that is hard to undo. */
import { createInterface } from "node:readline/promises";
import { type ParsedFlags, UsageError } from "../../flags.ts";

/** True with --yes. @throws UsageError where nobody can be asked */
export async function confirmed(flags: ParsedFlags, question: string): Promise<boolean> {
  if (flags.switches.has("yes")) return true;
  if (!process.stdin.isTTY) throw new UsageError("there is no terminal to ask at; say --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
