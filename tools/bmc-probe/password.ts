/**
 * Where a password may come from: a file, the environment, or somebody who types it. Never the command line, which
 * everybody on the machine can read.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "../flags.ts";

export const PASSWORD_VARIABLE = "FERRIC_BMC_PASSWORD";

/** @throws UsageError when there is none and nobody to ask */
export async function findPassword(file: string | undefined, question: string): Promise<string> {
  if (file !== undefined) return readFileSync(file, "utf8").split(/\r?\n/)[0] ?? "";
  const given = process.env[PASSWORD_VARIABLE];
  if (given !== undefined) {
    // Nothing that is started from here has a use for it.
    delete process.env[PASSWORD_VARIABLE];
    return given;
  }
  if (!process.stdin.isTTY)
    throw new UsageError(
      `a password is needed: set ${PASSWORD_VARIABLE}, name a file with --password-file, or run it in a terminal`,
    );
  return await prompt(question);
}

/** What is typed is not shown. */
async function prompt(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
