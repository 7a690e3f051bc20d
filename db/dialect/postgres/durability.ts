/** Whether what PostgreSQL acknowledges survives a power cut. */
import { rowsOf, type Work } from "../../engine.ts";

/** What is wrong and what to do, one sentence each; nothing when all is well. */
export function* durabilityDoubts(): Work<readonly string[]> {
  const doubts: string[] = [];
  for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
    const [row] = yield* rowsOf({ sql: `show ${setting}`, bindings: [] });
    if (row?.[0] === "off")
      doubts.push(`PostgreSQL runs with ${setting} = off and may lose acknowledged changes: set it to on.`);
  }
  return doubts;
}
