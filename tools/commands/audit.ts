/** `ferric audit verify`. Reads files in bounded memory. */
import { createReadStream } from "node:fs";
import { parseArgs } from "node:util";
import { ChainChecker, type ChainReport, hashOf } from "../../common/audit/chain.ts";
import { UsageError } from "../flags.ts";

export async function verify(argv: readonly string[]): Promise<number> {
  const { files, head } = parse(argv);
  const { lines, breaks, notes, head: last } = await checkFiles(files, head);
  for (const note of notes) say(`note: ${note}`);
  for (const text of breaks) say(`BROKEN: ${text}`);
  const verdict = breaks.length === 0 ? "the chain is whole" : "the chain is BROKEN";
  say(`${lines} lines, ${verdict}; hash of the last line: ${last}`);
  return breaks.length === 0 ? 0 : 1;
}

/** Oldest file first. `head`: a hash that some line must have. @throws Error when a file cannot be read */
export async function checkFiles(files: readonly string[], head: string | null): Promise<ChainReport> {
  const checker = new ChainChecker();
  let isHeadSeen = head === null;
  for (const file of files) {
    let number = 0;
    for await (const { line, isWhole } of linesOf(file)) {
      number += 1;
      checker.feed(line, `${file}:${number}`, isWhole);
      isHeadSeen ||= hashOf(line) === head;
    }
  }
  const report = checker.report();
  if (isHeadSeen) return report;
  return { ...report, breaks: [...report.breaks, `no line has the hash ${head}: the end was cut off, or replaced`] };
}

/** @throws UsageError */
function parse(argv: readonly string[]): { readonly files: readonly string[]; readonly head: string | null } {
  let parsed: { values: { head?: string | undefined }; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options: { head: { type: "string" } }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
  if (parsed.positionals.length === 0) throw new UsageError("FILE is missing");
  return { files: parsed.positionals, head: parsed.values.head ?? null };
}

async function* linesOf(file: string): AsyncGenerator<{ readonly line: Buffer; readonly isWhole: boolean }> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, from)) {
      yield { line: rest.subarray(from, end), isWhole: true };
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
  if (rest.length > 0) yield { line: rest, isWhole: false };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
