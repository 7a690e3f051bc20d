/** What a run of the fuzzer has shown: lines for the terminal, and the page of docs/results. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Crash, Figures } from "./fuzzer.ts";

const SHOWN_BYTES = 600;

export function line({ target, tried, seconds, corpus, blocks, slowestMs, crashes }: Figures): string {
  const rate = Math.round(tried / Math.max(seconds, 0.001));
  return `${target}: ${tried} inputs in ${seconds.toFixed(0)} s (${rate}/s), ${corpus} kept, ${blocks} blocks, slowest ${slowestMs.toFixed(1)} ms, crashes ${crashes.length}`;
}

export function crashText(target: string, { input, error }: Crash): string {
  const hex = input.toString("hex");
  const shown =
    input.length > SHOWN_BYTES
      ? `${JSON.stringify(input.toString("latin1", 0, SHOWN_BYTES))} ...`
      : JSON.stringify(input.toString("latin1"));
  return [
    `  ${error.split("\n").slice(0, 6).join("\n  ")}`,
    `  input: ${shown}`,
    `  again: npm run fuzz -- --only "${target}" --input ${hex}`,
  ].join("\n");
}

export function writePage(file: string, all: readonly Figures[], asked: { seed: string; seconds: string }): void {
  const rows = all.map(
    ({ target, what, tried, seconds, corpus, blocks, slowestMs, crashes }) =>
      `| ${target} | ${what} | ${tried} | ${seconds.toFixed(0)} | ${corpus} | ${blocks} | ${slowestMs.toFixed(0)} | ${crashes.length} |`,
  );
  const total = all.reduce((sum, { tried }) => sum + tried, 0);
  const crashes = all.reduce((sum, one) => sum + one.crashes.length, 0);
  const text = `# Fuzzing

\`npm run fuzz -- --seconds ${asked.seconds} --seed ${asked.seed}\` of ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} processors
(other work on them). Guided by coverage: V8 tells which blocks of our code an input has run; one that runs a new one is kept and
changed further. Seeded, in \`tools/fuzz/\`; a short run of each is part of \`npm test\`.

A crash is an error that the part does not refuse with, a broken promise about what came out (each target's file says which), a 5xx, or
an input that takes more than two seconds of the processor.

| part | what | inputs | seconds | kept | blocks run | slowest, ms | crashes |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
| all | | ${total} | | | | | ${crashes} |

Not shown by this: endless loops (one would end the run by its time limit), and what only the wire does to packets.
`;
  writeFileSync(file, text);
}
