/** Finds the dialect that [database]connection names. Packages of servers are loaded only when one is asked for. */
import type { Config } from "../../common/config/config.ts";
import type { Logger } from "../../common/log.ts";
import type { OpenedDialect } from "./dialect.ts";
import { sqlitePath } from "./sqlite/location.ts";
import { openSqlite } from "./sqlite/sqlite.ts";

/** The dialect and, after a plus, the Python driver that Ironic would use. */
const SCHEME = /^(?<dialect>postgresql|postgres|mysql|mariadb)(?:\+\w+)?:\/\//;

export async function openDialect(config: Config, log: Logger): Promise<OpenedDialect> {
  const options = config.database;
  const dialect = SCHEME.exec(options.connection)?.groups?.dialect;
  if (dialect === undefined)
    return openSqlite({
      path: sqlitePath(options.connection, config.DEFAULT.state_path),
      driver: options.sqlite_driver,
      synchronous: options.sqlite_synchronous,
      busyTimeoutMs: options.sqlite_busy_timeout,
    });
  if (dialect === "mysql" || dialect === "mariadb") {
    const { openMysql } = await import("./mysql/mysql.ts");
    return openMysql(options, log);
  }
  const { openPostgres } = await import("./postgres/postgres.ts");
  return openPostgres(options, log);
}
