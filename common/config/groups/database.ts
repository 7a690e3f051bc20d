/** [database] */
import { choice, integer, type Option, string } from "../option.ts";

/** oslo.db has an option of this name that is true or false: both mean the nearest of ours. */
function synchronous(): Option<"FULL" | "NORMAL"> {
  const option = choice(
    ["FULL", "NORMAL"],
    "FULL",
    "FULL flushes each commit to the disk; NORMAL may lose the last commits at a power cut (true: FULL, false: NORMAL).",
  );
  const words: Readonly<Record<string, string>> = { true: "FULL", false: "NORMAL" };
  return {
    ...option,
    parse(raw) {
      const word = raw.trim();
      return option.parse(words[word.toLowerCase()] ?? word.toUpperCase());
    },
  };
}

export const database = {
  connection: string(
    "",
    "URL of the database: sqlite:///absolute/path, or sqlite:// for one in memory; empty: ferric.sqlite below state_path.",
    { secret: true },
  ),
  sqlite_driver: choice(
    ["libsql", "better-sqlite3", "sqlite3"],
    "libsql",
    "Package that speaks to SQLite (ours). libsql comes with ferric; install better-sqlite3@12.6.2 or sqlite3@6.0.1 to use them.",
  ),
  sqlite_synchronous: synchronous(),
  sqlite_busy_timeout: integer(5000, "Milliseconds a write waits while another process writes (ours).", { min: 0 }),
} as const;
