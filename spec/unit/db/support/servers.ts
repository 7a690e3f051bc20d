/** The database servers of a test run: one of each kind, started when the first test asks for it. */
import { mariadbIsInstalled, startMariadb } from "../../../support/mariadb-server.ts";
import { postgresIsInstalled, startPostgres } from "../../../support/postgres-server.ts";
import type { DatabaseServer } from "../../../support/server-process.ts";

export const SERVER_KINDS = ["postgresql", "mariadb"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

const running = new Map<ServerKind, Promise<DatabaseServer>>();

/** It ends with the process. */
export function serverOf(kind: ServerKind): Promise<DatabaseServer> {
  const server = running.get(kind) ?? startServer(kind);
  running.set(kind, server);
  return server;
}

/** One of the test's own. `durable`: with flushes, for tests that kill it. */
export function startServer(kind: ServerKind, options: { durable?: boolean } = {}): Promise<DatabaseServer> {
  return kind === "postgresql" ? startPostgres(options) : startMariadb(options);
}

/** Null when it can be used here. FERRIC_TEST_DATABASES=sqlite (or a list) leaves the others out. */
export function whyNot(kind: ServerKind): string | null {
  const wanted = process.env.FERRIC_TEST_DATABASES;
  if (wanted !== undefined && !wanted.split(",").includes(kind)) return "FERRIC_TEST_DATABASES leaves it out";
  if (kind === "postgresql")
    return postgresIsInstalled() ? null : "PostgreSQL is not installed (apt-get install postgresql)";
  return mariadbIsInstalled() ? null : "MariaDB is not installed (apt-get install mariadb-server)";
}
