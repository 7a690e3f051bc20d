/** The table of a test run and its closing line. */
import type { Outcome } from "./part.ts";

export interface Result extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

/** A Markdown table, so that it can be kept as it is. */
export function table(results: readonly Result[]): string {
  const head = ["part", "passed", "failed", "skipped", "seconds", "note"];
  const rows = results.map(({ name, passed, failed, skipped, seconds, note }) => [
    name,
    String(passed),
    String(failed),
    String(skipped),
    seconds.toFixed(1),
    (note ?? "").split("\n")[0] ?? "",
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** `N passed, N failed, N skipped`: the last line, also read by machines. */
export function closingLine(results: readonly Result[]): string {
  const sum = (count: (result: Result) => number) => results.reduce((total, result) => total + count(result), 0);
  return `${sum((r) => r.passed)} passed, ${sum((r) => r.failed)} failed, ${sum((r) => r.skipped)} skipped`;
}
