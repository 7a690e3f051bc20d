/** Database servers with a certificate of their own: who is trusted, who is not, and that nothing goes in clear. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import mysql2 from "mysql2/promise";
import { Client } from "pg";
import { defaultConfig } from "../../../../../common/config/config.ts";
import {
  DatabaseServerUnsupported,
  DatabaseUnreachable,
  DatabaseUrlInvalid,
} from "../../../../../common/errors/database.ts";
import { silent } from "../../../../../common/log.ts";
import { openDatabase } from "../../../../../db/connect.ts";
import type { Database } from "../../../../../db/contract.ts";
import { describeOn, type ServerKind, whyNot } from "../../../../support/database-servers.ts";
import { startMariadb } from "../../../../support/mariadb-server.ts";
import { startPostgres } from "../../../../support/postgres-server.ts";
import {
  accountOf,
  type DatabaseServer,
  folderFor,
  type TlsFiles,
  tlsFiles,
} from "../../../../support/server-process.ts";
import { TEST_SECRETS } from "../../../../support/test-secrets.ts";
import { newNode } from "../../support/databases.ts";
import { refusedWith } from "../../support/faults.ts";

/** No second try. */
function open(connection: string): Promise<Database> {
  return openDatabase(defaultConfig({ secrets: TEST_SECRETS, database: { connection, max_retries: 0 } }), silent);
}

async function refuses(connection: string, ...mentions: readonly string[]): Promise<void> {
  await refusedWith(async () => void (await use(connection)), DatabaseUnreachable, ...mentions);
}

async function use(connection: string): Promise<void> {
  await using database = await open(connection);
  await database.stores.nodes.create(newNode({ traits: ["CUSTOM_A"] }));
}

interface Case {
  readonly kind: ServerKind;
  readonly account: string;
  /** What the server's certificate is for. */
  readonly name: string;
  start(files: TlsFiles): Promise<DatabaseServer>;
}

function suite({ kind, account, name, start }: Case, tests: (given: () => Given) => void): void {
  describeOn(kind, "TLS to a database server", function () {
    this.timeout(60_000);
    let given: Given;
    let folder: string;
    before(async () => {
      const owner = await accountOf(account);
      folder = folderFor("tls", owner, false);
      const stranger = folderFor("tls", owner, false);
      const server = await start(tlsFiles(folder, owner, name));
      given = {
        server,
        ca: `${folder}/server.pem`,
        otherCa: tlsFiles(stranger, owner, name).cert,
        url: await server.create(),
      };
    });
    after(async () => {
      await given.server[Symbol.asyncDispose]();
      for (const file of [folder, given.otherCa.replace(/\/server\.pem$/, "")]) rmSync(file, { recursive: true });
    });
    tests(() => given);
  });
}

interface Given {
  readonly server: DatabaseServer;
  readonly url: string;
  /** File of the server's own authority, and of another. */
  readonly ca: string;
  readonly otherCa: string;
}

const POSTGRES: Case = {
  kind: "postgresql",
  account: "postgres",
  name: "127.0.0.1",
  start: ({ cert, key }) => startPostgres({ settings: ["ssl=on", `ssl_cert_file=${cert}`, `ssl_key_file=${key}`] }),
};

const MARIADB: Case = {
  kind: "mariadb",
  account: "mysql",
  name: "localhost",
  start: ({ cert, key }) => startMariadb({ settings: [`--ssl-cert=${cert}`, `--ssl-key=${key}`] }),
};

suite(POSTGRES, (given) => {
  it("encrypts when it is asked to, and checks authority and name as far as sslmode says", async () => {
    const { url, ca } = given();
    for (const mode of ["require", `verify-ca&sslrootcert=${ca}`, `verify-full&sslrootcert=${ca}`]) {
      await using database = await open(`${url}?sslmode=${mode}`);
      await database.stores.nodes.create(newNode({ traits: ["CUSTOM_A"] }));
      assert.deepEqual(await connectionsInClear(url), 0, mode);
    }
    await use(`${url.replace("127.0.0.1", "localhost")}?sslmode=verify-ca&sslrootcert=${ca}`);
  });

  it("refuses a server of another authority, or of another name", async () => {
    const { url, ca, otherCa } = given();
    await refuses(`${url}?sslmode=verify-full&sslrootcert=${otherCa}`, "certificate");
    await refuses(`${url}?sslmode=verify-ca&sslrootcert=${otherCa}`, "certificate");
    await refuses(`${url}?sslmode=verify-full`, "certificate");
    await refuses(`${url.replace("127.0.0.1", "localhost")}?sslmode=verify-full&sslrootcert=${ca}`, "localhost");
  });
});

/** Of ours, others' excepted. */
async function connectionsInClear(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const counted = "select count(*) as n from pg_stat_ssl join pg_stat_activity using (pid)";
  const { rows } = await client.query(`${counted} where application_name = 'ferric' and not ssl`);
  await client.end();
  return Number(rows[0]?.n);
}

suite(MARIADB, (given) => {
  /** A user who is let in by TLS alone. */
  let url = "";
  before(async () => {
    const { server, url: open } = given();
    const root = await mysql2.createConnection({ host: "127.0.0.1", port: server.port, user: "root" });
    await root.query("create user careful@'127.0.0.1' require ssl");
    await root.query("grant all privileges on *.* to careful@'127.0.0.1'");
    await root.end();
    url = open.replace("root@", "careful@");
  });

  it("encrypts when it is asked to, and checks authority and name as far as the parameters say", async () => {
    const { ca } = given();
    const named = url.replace("127.0.0.1", "localhost");
    await use(`${url}&ssl_verify_cert=false`);
    await use(`${url}&ssl_ca=${ca}`);
    await use(`${named}&ssl_ca=${ca}&ssl_verify_identity=true`);
  });

  it("refuses a server of another authority, and is refused in clear", async () => {
    const { otherCa } = given();
    await refuses(`${url}&ssl_ca=${otherCa}`, "certificate");
    await refuses(`${url}&ssl_verify_cert=true`, "certificate");
    await refuses(url, "Access denied");
  });

  it("refuses a server of another name, and to check an address", async () => {
    const owner = await accountOf(MARIADB.account);
    const folder = folderFor("tls", owner, false);
    const files = tlsFiles(folder, owner, "db.example");
    await using server = await MARIADB.start(files);
    const parameters = `ssl_ca=${files.cert}&ssl_verify_identity=true`;
    const connection = `${await server.create()}&${parameters}`;
    await refuses(connection.replace("127.0.0.1", "localhost"), "localhost");
    await refusedWith(open(connection), DatabaseUrlInvalid, "ssl_verify_identity");
    rmSync(folder, { recursive: true });
  });
});

describe("MySQL in MariaDB's place", function () {
  this.timeout(60_000);
  const reason = whyNot("mariadb");
  if (reason !== null) it.skip(`skipped: ${reason}`);
  else
    it("is told at once that it does not do", async () => {
      await using server = await startMariadb({ settings: ["--version=8.0.36"] });
      const connection = await server.create();
      // With retries for ever: they would not help.
      const opening = openDatabase(
        defaultConfig({ secrets: TEST_SECRETS, database: { connection, max_retries: -1 } }),
        silent,
      );
      await refusedWith(opening, DatabaseServerUnsupported, "8.0.36", "MariaDB or PostgreSQL");
    });
});
