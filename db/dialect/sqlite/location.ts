/** Where a SQLite database lies, from [database]connection and [DEFAULT]state_path. */
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Config } from "../../../common/config/config.ts";
import { DatabaseKindUnknown, DatabaseOpenFailed, DatabaseUrlInvalid } from "../../../common/errors/database.ts";
import { reasonOf } from "../../../common/errors/fault.ts";

export const MEMORY = ":memory:";

/**
 * The file's absolute path, or `:memory:`. `sqlite:///a/b` and SQLAlchemy's `sqlite:////a/b` name the same file.
 * @throws DatabaseKindUnknown for other databases, DatabaseUrlInvalid; neither shows the URL, which may hold a password
 */
export function sqlitePath(connection: string, statePath: string): string {
  if (connection === "") return resolve(statePath, "ferric.sqlite");
  const [scheme = "", rest] = splitOnce(connection, "://");
  if (rest === null) throw DatabaseUrlInvalid({ reason: "it is not a URL" });
  if (scheme !== "sqlite") throw DatabaseKindUnknown({ scheme });
  if (rest === "" || rest === "/" || rest === `/${MEMORY}`) return MEMORY;
  if (!rest.startsWith("/")) throw DatabaseUrlInvalid({ reason: "sqlite:// must be followed by an absolute path" });
  if (rest.includes("?")) throw DatabaseUrlInvalid({ reason: "parameters after ? are not supported" });
  return resolve("/", rest.replace(/^\/+/, "/"));
}

/** The file that the configuration names; null when it names a server, or memory. @throws DatabaseUrlInvalid */
export function sqliteFile(config: Config): string | null {
  const { connection } = config.database;
  if (connection !== "" && !connection.startsWith("sqlite:")) return null;
  const path = sqlitePath(connection, config.DEFAULT.state_path);
  return path === MEMORY ? null : path;
}

/** Creates folder and file for the owner only: the file holds credentials. */
export async function createFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Closing it drops the locks that SQLite holds on it in this process (fcntl(2)); within one turn there are none yet.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // For the same reason a file that is there is never opened here.
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    throw DatabaseOpenFailed({ path, reason: reasonOf(error) }, error);
  }
}

function splitOnce(text: string, separator: string): readonly [string, string | null] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + separator.length)];
}
