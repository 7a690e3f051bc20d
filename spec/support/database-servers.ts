/** The database servers of a test run: one of each kind, started when the first test asks for it. */
import { mariadbIsInstalled, startMariadb } from "./mariadb-server.ts";
import { postgresIsInstalled, startPostgres } from "./postgres-server.ts";
import type { DatabaseServer } from "./server-process.ts";

export const SERVER_KINDS = ["postgresql", "mariadb"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

const running = new Map<ServerKind, Promise<DatabaseServer>>();
const empty = new Map<ServerKind, string[]>();

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

/** [database]connection of a database without rows; its schema may be there from a test before. */
export async function borrowDatabase(kind: ServerKind): Promise<string> {
  return empty.get(kind)?.pop() ?? (await (await serverOf(kind)).create());
}

/** Empties it for the next test. */
export async function returnDatabase(kind: ServerKind, connection: string): Promise<void> {
  await (await serverOf(kind)).wipe(connection);
  empty.set(kind, [...(empty.get(kind) ?? []), connection]);
}

export const LEFT_OUT = "FERRIC_TEST_DATABASES leaves it out";

/** FERRIC_TEST_DATABASES=sqlite (or a list) leaves the others out. */
export function isWanted(kind: "sqlite" | ServerKind): boolean {
  const wanted = process.env.FERRIC_TEST_DATABASES;
  return wanted === undefined || wanted.split(",").includes(kind);
}

/** Null when it can be used here. */
export function whyNot(kind: ServerKind): string | null {
  if (!isWanted(kind)) return LEFT_OUT;
  if (kind === "postgresql")
    return postgresIsInstalled() ? null : "PostgreSQL is not installed (apt-get install postgresql)";
  return mariadbIsInstalled() ? null : "MariaDB is not installed (apt-get install mariadb-server)";
}

/** A suite that needs such a server; where there is none, it says why it is left out. */
export function describeOn(kind: ServerKind, title: string, tests: (this: Mocha.Suite) => void): void {
  describe(`${title} (${kind})`, function () {
    const reason = whyNot(kind);
    if (reason === null) tests.call(this);
    else it.skip(`skipped: ${reason}`);
  });
}
