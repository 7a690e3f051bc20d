/**
 * What the agent says: one line per stage on its consoles, and the latest lines kept for collect_system_logs.
 * A console that does not take its line in time never holds up the work.
 */
import { createWriteStream, type WriteStream } from "node:fs";

export interface Journal {
  info(text: string): void;
  debug(text: string): void;
  lines(): readonly string[];
}

export interface JournalOptions {
  /** Device files that get each line beside standard output, for example /dev/ttyS0 and /dev/tty0. */
  readonly consoles: readonly string[];
  readonly debug: boolean;
  readonly keep?: number;
  readonly now?: () => number;
  readonly out?: (line: string) => void;
}

const PENDING_LIMIT = 64 * 1024;

export function createJournal(options: JournalOptions): Journal {
  const kept: string[] = [];
  const keep = options.keep ?? 5000;
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const consoles = options.consoles.map(openConsole);
  const out = options.out ?? ((line: string) => void process.stdout.write(line));
  const write = (text: string, shown: boolean) => {
    // A console line stays one line, also when a message holds line breaks or control characters.
    const line = `${new Date(now()).toISOString()} ferric-agent: ${printable(text)}`;
    kept.push(line);
    if (kept.length > keep) kept.splice(0, kept.length - keep);
    if (!shown) return;
    out(`${line}\n`);
    for (const console of consoles) if (console.writableLength < PENDING_LIMIT) console.write(`${line}\r\n`);
  };
  return {
    info: (text) => write(text, true),
    debug: (text) => write(text, options.debug),
    lines: () => [...kept],
  };
}

function openConsole(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: "a" });
  stream.on("error", () => undefined);
  return stream;
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ");
}
