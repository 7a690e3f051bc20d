/** MariaDB (and MySQL): its dialect, and how it is opened. Loaded only when it is configured. */
import type { Config } from "../../../common/config/config.ts";
import type { Logger } from "../../../common/log.ts";
import { type Cascades, type Dialect, type OpenedDialect, versionTriggerNames } from "../dialect.ts";
import { openServer } from "../server/open.ts";
import { durabilityDoubts } from "./durability.ts";
import { failure, isMissingReference, isMissingTable, isThereAlready, uniqueViolation } from "./errors.ts";
import { mysqlLocation } from "./location.ts";
import { MysqlSession } from "./session.ts";

export const mysql: Dialect = {
  kind: "MariaDB",
  knexClient: "mysql2",
  nowMs: "cast(round(unix_timestamp(now(3)) * 1000) as signed)",
  // Nulls come first when ascending, by itself.
  orderTerm: (quotedColumn, direction) => `${quotedColumn} ${direction}`,
  forChange: (query) => query.forUpdate(),
  tellingId: (insert) => insert,
  schema,
  schemaIsTransactional: false,
  isThereAlready,
  isMissingTable,
  versionTriggers,
  numberAfter: () => null,
  uniqueViolation,
  isMissingReference,
  serverVersion: "select version()",
  durabilityDoubts,
};

/** Compares case and blanks at the end like the other databases do, and orders by code point. */
const COLLATION = "engine = InnoDB default character set utf8mb4 collate utf8mb4_nopad_bin";

function schema(sql: string): string {
  if (!/^(create|alter) table/.test(sql)) return sql;
  // TEXT ends at 64 KB.
  const long = sql.replace(/` text\b/g, "` longtext");
  return long.startsWith("create table") ? `${long} ${COLLATION}` : long;
}

/** What references cascade fires no triggers here: who is referred to has one for it. */
function versionTriggers(
  table: string,
  parts: Readonly<Record<string, string>>,
  cascades: Cascades = {},
): readonly string[] {
  const raise = (where: string) => `update ${table} set row_version = row_version + 1 where ${where}`;
  const own = `create trigger ${versionTriggerNames(table).raise} before update on ${table} for each row set new.row_version = old.row_version + 1`;
  const ofParts = Object.entries(parts).flatMap(([part, reference]) => [
    `create trigger ${part}_added after insert on ${part} for each row ${raise(`id = new.${reference}`)}`,
    `create trigger ${part}_removed after delete on ${part} for each row ${raise(`id = old.${reference}`)}`,
    `create trigger ${part}_changed after update on ${part} for each row ${raise(`id = new.${reference}`)}`,
  ]);
  const ofCascades = Object.entries(cascades).map(
    ([parent, { key, reference }]) =>
      `create trigger ${table}_of_${parent} after update on ${parent} for each row ${raise(`${reference} = new.${key} and new.${key} <> old.${key}`)}`,
  );
  return [own, ...ofParts, ...ofCascades];
}

/** @throws DatabaseUrlInvalid, DatabaseUnreachable */
export function openMysql(options: Config["database"], log: Logger): Promise<OpenedDialect> {
  const location = mysqlLocation(options.connection);
  const server = location.socketPath ?? `${location.host}:${location.port}`;
  return openServer(mysql, { connect: (limits) => MysqlSession.open(location, limits), failure, server }, options, log);
}
