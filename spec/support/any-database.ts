/** The database of tests that do not care which it is: SQLite in memory, unless FERRIC_TEST_DATABASE names another. */

export interface BorrowedDatabase extends AsyncDisposable {
  readonly connection: string;
}

/** FERRIC_TEST_DATABASE is sqlite, postgresql or mariadb. The packages of servers are loaded only when one is wanted. */
export async function anyDatabase(): Promise<BorrowedDatabase> {
  const wanted = process.env.FERRIC_TEST_DATABASE ?? "sqlite";
  if (wanted === "sqlite") return { connection: "sqlite://", [Symbol.asyncDispose]: async () => undefined };
  const { borrowDatabase, returnDatabase, SERVER_KINDS } = await import("./database-servers.ts");
  const kind = SERVER_KINDS.find((known) => known === wanted);
  if (kind === undefined)
    throw new Error(`FERRIC_TEST_DATABASE is sqlite, ${SERVER_KINDS.join(" or ")}, not ${wanted}`);
  const connection = await borrowDatabase(kind);
  return { connection, [Symbol.asyncDispose]: () => returnDatabase(kind, connection) };
}
