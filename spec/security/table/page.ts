/** The table as a page of docs/results. */
import { FACES } from "./faces.ts";
import { PROMISES } from "./promises.ts";
import type { Row } from "./row.ts";
import { VULNERABILITIES } from "./vulnerabilities.ts";

export const TABLES: readonly (readonly [string, readonly Row[]])[] = [
  ["Vulnerabilities of the peers (reliability.md, 3)", VULNERABILITIES],
  ["Bad input at each face (reliability.md, 6)", FACES],
  ["Promises (reliability.md, 2)", PROMISES],
];

function resultOf({ proofs, later }: Row): string {
  if (proofs.length === 0) return `not there yet: ${later}`;
  return later === undefined ? "holds" : `holds; later: ${later}`;
}

function line(row: Row): string {
  const shown = row.proofs.map(({ spec, title }) => (title === "" ? `\`${spec}\`` : `\`${spec}\`: ${title.trim()}`));
  return `| ${[row.name, row.rule, shown.join("<br>") || "-", resultOf(row)].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

export function page(): string {
  const parts = TABLES.map(
    ([title, rows]) =>
      `## ${title}\n\n| rule | what it asks for | shown by (below \`spec/\`) | result |\n| --- | --- | --- | --- |\n${rows.map(line).join("\n")}\n`,
  );
  return `# Security rules and what shows them

Made of \`spec/security/table/\` by \`FERRIC_RESULTS=1 npx mocha spec/security/table.spec.ts\`, which also holds that every test named
here is there. "holds": these tests pass in \`npm test\`, those below \`spec/system/\` in its own parts or in \`npm run test:full\`.
Figures: [fuzzing](fuzzing.md), [bad input](input-faces.md), [random input](random-input.md), [connections](connections.md).

${parts.join("\n")}`;
}
