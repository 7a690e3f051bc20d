/** What was found, as a table for the terminal. */
import type { Diagnosis, Verdict } from "./check.ts";

const VERDICTS: readonly Verdict[] = ["pass", "warn", "fail"];

export function diagnosisTable(found: readonly Diagnosis[]): string {
  const width = Math.max(0, ...found.map(({ check }) => check.length));
  const lines = found.flatMap(({ check, verdict, text, remedy }) => [
    `${verdict}  ${check.padEnd(width)}  ${text}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(width + 8)}-> ${remedy}`]),
  ]);
  const counts = VERDICTS.map((verdict) => `${found.filter((one) => one.verdict === verdict).length} ${verdict}`);
  return `${[...lines, "", counts.join(", ")].join("\n")}\n`;
}
