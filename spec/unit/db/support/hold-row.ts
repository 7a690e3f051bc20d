/** A foreign client that holds a node's row until it is disposed of. */
import mysql2 from "mysql2/promise";
import { Client } from "pg";
import type { ServerKind } from "../../../support/database-servers.ts";

export async function holdRow(kind: ServerKind, connection: string, uuid: string): Promise<AsyncDisposable> {
  const { hostname: host, port, username: user, pathname } = new URL(connection);
  const options = { host, port: Number(port), user, database: pathname.slice(1) };
  const held = kind === "postgresql" ? await inPostgres(options, uuid) : await inMariadb(options, uuid);
  return { [Symbol.asyncDispose]: held };
}

interface Options {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

async function inPostgres(options: Options, uuid: string): Promise<() => Promise<void>> {
  const client = new Client(options);
  await client.connect();
  await client.query("begin");
  await client.query("select id from nodes where uuid = $1 for update", [uuid]);
  return once(() => client.end());
}

async function inMariadb(options: Options, uuid: string): Promise<() => Promise<void>> {
  const client = await mysql2.createConnection(options);
  await client.query("begin");
  await client.query("select id from nodes where uuid = ? for update", [uuid]);
  return once(() => client.end());
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
