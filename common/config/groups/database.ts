/** [database] */
import { choice, integer, string } from "../option.ts";

export const database = {
  connection: string(
    "",
    "URL of the database: sqlite:///path, postgresql://..., mysql://...; empty: SQLite below state_path.",
    { secret: true },
  ),
  sqlite_driver: choice(["libsql", "better-sqlite3", "sqlite3"], "libsql", "Package that speaks to SQLite (ours)."),
  sqlite_synchronous: choice(["FULL", "NORMAL"], "FULL", "FULL flushes each commit to the disk (ours)."),
  sqlite_busy_timeout: integer(5000, "Milliseconds to wait for another process's lock (ours).", { min: 0 }),
} as const;
