/** A real PostgreSQL for tests. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { freePort } from "./loopback.ts";
import { accountOf, byProcess, type DatabaseServer, databaseOf, folderFor, ServerProcess } from "./server-process.ts";

const VERSIONS = "/usr/lib/postgresql";
const SUPERUSER = "ferric";

/** Null when it is not installed. */
function programs(): string | null {
  if (!existsSync(VERSIONS)) return null;
  const newest = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0];
  const folder = join(VERSIONS, newest ?? "", "bin");
  return existsSync(join(folder, "initdb")) ? folder : null;
}

export const postgresIsInstalled = (): boolean => programs() !== null;

/** `durable` false: without flushes, for tests that do not kill it. `settings` as name=value. `folder`: where its own is made. */
export async function startPostgres(
  options: { durable?: boolean; settings?: readonly string[]; folder?: string } = {},
): Promise<DatabaseServer> {
  const bin = programs();
  if (bin === null) throw new Error("PostgreSQL is not installed");
  const account = await accountOf("postgres");
  const folder = folderFor("postgres", account, options.durable === true, options.folder);
  const data = join(folder, "data");
  await promisify(execFile)(
    join(bin, "initdb"),
    ["-D", data, "-U", SUPERUSER, "--auth", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
    { cwd: folder, ...(account ?? {}) },
  );
  const port = await freePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  if (options.durable !== true) settings.push("fsync=off", "full_page_writes=off");
  settings.push("max_connections=200", "shared_buffers=64MB", ...(options.settings ?? []));
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const server = new ServerProcess(folder, join(bin, "postgres"), args, account);
  const base = { host: "127.0.0.1", port, user: SUPERUSER };
  const as = async (sql: string, database = "postgres") => {
    const client = new Client({ ...base, database });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const ready = () => as("select 1");
  await server.start(ready);
  let count = 0;
  return {
    kind: "postgresql",
    port,
    async create() {
      count += 1;
      const name = `t${count}`;
      await as(`create database ${name}`);
      return `postgresql://${SUPERUSER}@127.0.0.1:${port}/${name}`;
    },
    wipe: (connection) => as(WIPE, databaseOf(connection)),
    drop: (connection) => as(`drop database ${databaseOf(connection)} with (force)`),
    ...byProcess(server, ready),
  };
}

const WIPE = `do $$ declare names text; begin
  select string_agg(quote_ident(tablename), ', ') into names from pg_tables
    where schemaname = 'public' and tablename <> 'schema_migrations';
  if names is not null then execute 'truncate ' || names || ' restart identity cascade'; end if;
end $$`;
