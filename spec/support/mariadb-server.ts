/** A real MariaDB for tests. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { freePort } from "./loopback.ts";
import { accountOf, byProcess, type DatabaseServer, databaseOf, folderFor, ServerProcess } from "./server-process.ts";

const PROGRAM = "/usr/sbin/mariadbd";
const INSTALLER = "/usr/bin/mariadb-install-db";

export const mariadbIsInstalled = (): boolean => existsSync(PROGRAM) && existsSync(INSTALLER);

/** `durable` false: without flushes, for tests that do not kill it. `settings` as on its command line. `folder`: where its own is made. */
export async function startMariadb(
  options: { durable?: boolean; settings?: readonly string[]; folder?: string } = {},
): Promise<DatabaseServer> {
  const account = await accountOf("mysql");
  const folder = folderFor("mariadb", account, options.durable === true, options.folder);
  const data = join(folder, "data");
  await promisify(execFile)(
    INSTALLER,
    ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"],
    { cwd: folder, ...(account ?? {}) },
  );
  const port = await freePort();
  const flush = options.durable === true ? 1 : 0;
  const settings = [
    "--no-defaults",
    `--datadir=${data}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    `--socket=${join(folder, "sock")}`,
    `--pid-file=${join(folder, "pid")}`,
    `--innodb-flush-log-at-trx-commit=${flush}`,
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=32M",
    "--max-connections=200",
    // What most installations have: names that a filter must not mix up, were it not for our own collation.
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    ...(options.settings ?? []),
  ];
  const server = new ServerProcess(folder, PROGRAM, settings, account);
  const connected = async (work: (connection: Connection) => Promise<unknown>) => {
    const connection = await createConnection({ host: "127.0.0.1", port, user: "root", connectTimeout: 2000 });
    try {
      await work(connection);
    } finally {
      await connection.end();
    }
  };
  const as = (sql: string) => connected((connection) => connection.query(sql));
  const ready = () => as("select 1");
  await server.start(ready);
  let count = 0;
  return {
    kind: "mariadb",
    port,
    async create() {
      count += 1;
      const name = `t${count}`;
      await as(`create database ${name}`);
      return `mysql+pymysql://root@127.0.0.1:${port}/${name}?charset=utf8`;
    },
    wipe: (connection) => connected((client) => wipe(client, databaseOf(connection))),
    drop: (connection) => as(`drop database ${databaseOf(connection)}`),
    ...byProcess(server, ready),
  };
}

async function wipe(client: Connection, database: string): Promise<void> {
  const [tables] = await client.query<RowDataPacket[]>(
    "select table_name as name from information_schema.tables where table_schema = ? and table_name not like 'schema%'",
    [database],
  );
  await client.query("set foreign_key_checks = 0");
  for (const { name } of tables) await client.query(`delete from ${database}.${name}`);
}
