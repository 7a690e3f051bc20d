/** The Node.js that runs the service: whether its makers still mend it. */
import { type Check, type Finding, pass, warn } from "../check.ts";

/** Last day of each line of releases (Node.js release schedule). */
const LAST_DAYS: Readonly<Record<number, string>> = { 20: "2026-04-30", 22: "2027-04-30", 24: "2028-04-30" };
const RECOMMENDED = 24;
const REMEDY = `run ferric with Node.js ${RECOMMENDED}, which is faster too`;

/** `version`: as process.versions.node; `today`: ISO date. */
export function judged(version: string, today: string): Finding {
  const major = Number.parseInt(version, 10);
  const lastDay = LAST_DAYS[major];
  if (lastDay === undefined)
    return major > RECOMMENDED
      ? pass(`Node.js ${version}, newer than what ferric is tested with`)
      : warn(`Node.js ${version} is of a line that is mended for some months only`, REMEDY);
  if (today <= lastDay) return pass(`Node.js ${version}, mended by its makers until ${lastDay}`);
  return warn(`Node.js ${version}: its makers mend nothing in it since ${lastDay}, security faults included`, REMEDY);
}

export const node: Check = {
  name: "node.js",
  run: async () => [judged(process.versions.node, new Date().toISOString().slice(0, 10))],
};
