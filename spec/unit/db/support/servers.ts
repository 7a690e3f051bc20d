/** The database servers of a test run: one of each kind, started when the first test asks for it. */
import { postgresIsInstalled, startPostgres } from "../../../support/postgres-server.ts";
import type { DatabaseServer } from "../../../support/server-process.ts";

export const SERVER_KINDS = ["postgresql"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

const running = new Map<ServerKind, Promise<DatabaseServer>>();

/** It ends with the process. */
export function serverOf(kind: ServerKind): Promise<DatabaseServer> {
  const server = running.get(kind) ?? startPostgres();
  running.set(kind, server);
  return server;
}

/** Null when it can be used here. FERRIC_TEST_DATABASES=sqlite (or a list) leaves the others out. */
export function whyNot(kind: ServerKind): string | null {
  const wanted = process.env.FERRIC_TEST_DATABASES;
  if (wanted !== undefined && !wanted.split(",").includes(kind)) return "FERRIC_TEST_DATABASES leaves it out";
  return postgresIsInstalled() ? null : "PostgreSQL is not installed (apt-get install postgresql)";
}
