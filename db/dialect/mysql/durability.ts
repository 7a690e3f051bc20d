/** Whether what MariaDB acknowledges survives a power cut. */
import { rowsOf, type Work } from "../../engine.ts";

/** What is wrong and what to do, one sentence each; nothing when all is well. */
export function* durabilityDoubts(): Work<readonly string[]> {
  const sql = "select @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite";
  const [row] = yield* rowsOf({ sql, bindings: [] });
  const [flush, doublewrite] = [String(row?.[0]), String(row?.[1])];
  const doubts: string[] = [];
  if (flush !== "1")
    doubts.push(
      `MariaDB runs with innodb_flush_log_at_trx_commit = ${flush} and may lose acknowledged changes: set it to 1.`,
    );
  if (["0", "OFF"].includes(doublewrite))
    doubts.push("MariaDB runs with innodb_doublewrite off and may be damaged by a power cut: set it to ON.");
  return doubts;
}
