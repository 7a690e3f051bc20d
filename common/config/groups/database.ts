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
    "URL of the database: sqlite:///absolute/path, sqlite:// for one in memory, postgresql://user:password@host:port/name (also postgresql+psycopg2://; sslmode, sslrootcert, sslcert and sslkey as parameters, and host for the folder of a socket file), mysql://user:password@host:port/name (also mysql+pymysql:// with charset; ssl_ca, ssl_cert, ssl_key and unix_socket as parameters); empty: ferric.sqlite below state_path.",
    { secret: true },
  ),
  sqlite_driver: choice(
    ["libsql", "better-sqlite3", "sqlite3"],
    "libsql",
    "Package that speaks to SQLite (ours). libsql comes with ferric; install better-sqlite3@12.6.2 or sqlite3@6.0.1 to use them.",
  ),
  sqlite_synchronous: synchronous(),
  sqlite_busy_timeout: integer(5000, "Milliseconds a write waits while another process writes (ours).", { min: 0 }),
  max_pool_size: integer(5, "Connections to a database server that are kept when nothing is to be done.", { min: 1 }),
  max_overflow: integer(
    15,
    "How many more connections may be open at once; those that nobody has used for 30 s are closed.",
    { min: 0 },
  ),
  pool_timeout: integer(30, "Seconds a request waits for a connection before it is answered with 503.", { min: 1 }),
  connection_recycle_time: integer(3600, "Seconds after which a connection is replaced; 0: never.", { min: 0 }),
  max_retries: integer(10, "How often start tries again to reach the database server; -1: until it is there.", {
    min: -1,
  }),
  retry_interval: integer(10, "Seconds between two attempts to reach the database server at start.", { min: 0 }),
  db_max_retries: integer(20, "How often a change is made anew when another one stood in its way.", { min: 0 }),
  statement_timeout: integer(30, "Seconds after which a statement on a database server is given up (ours).", {
    min: 1,
  }),
} as const;
