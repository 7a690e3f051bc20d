/** Users with no more rights than Ironic's installation guide gives them. */
import mysql2 from "mysql2/promise";
import { Client } from "pg";
import { defaultConfig } from "../../../../../common/config/config.ts";
import { DatabaseRightMissing } from "../../../../../common/errors/database.ts";
import { silent } from "../../../../../common/log.ts";
import { openDatabase } from "../../../../../db/connect.ts";
import { describeOn, type ServerKind, startServer } from "../../../../support/database-servers.ts";
import { startMariadb } from "../../../../support/mariadb-server.ts";
import { TEST_SECRETS } from "../../../../support/test-secrets.ts";
import { newNode } from "../../support/databases.ts";
import { refusedWith } from "../../support/faults.ts";

function suite(kind: ServerKind, tests: () => void): void {
  describeOn(kind, "rights on a database server", function () {
    this.timeout(60_000);
    tests();
  });
}

async function useAs(connection: string): Promise<void> {
  await using database = await openDatabase(defaultConfig({ secrets: TEST_SECRETS, database: { connection } }), silent);
  await database.stores.nodes.create(newNode({ traits: ["CUSTOM_A"] }));
}

/** GRANT ALL PRIVILEGES ON ironic.* and nothing else. */
async function limitedInMariadb(url: URL): Promise<string> {
  const root = await mysql2.createConnection({ host: url.hostname, port: Number(url.port), user: url.username });
  await root.query("create user ironic@'127.0.0.1' identified by 'p:@/w'");
  await root.query(`grant all privileges on ${url.pathname.slice(1)}.* to ironic@'127.0.0.1'`);
  await root.end();
  return `mysql+pymysql://ironic:${encodeURIComponent("p:@/w")}@${url.host}${url.pathname}?charset=utf8`;
}

suite("mariadb", () => {
  it("are enough with all privileges on the one database", async () => {
    await using server = await startMariadb();
    await useAs(await limitedInMariadb(new URL(await server.create())));
  });

  it("are told when they are missing: triggers while the binary log is on; then the upgrade goes on", async () => {
    await using server = await startMariadb({ settings: ["--log-bin=bin", "--server-id=1"] });
    const url = new URL(await server.create());
    const connection = await limitedInMariadb(url);
    await refusedWith(useAs(connection), DatabaseRightMissing, "log_bin_trust_function_creators");
    const root = await mysql2.createConnection({ host: url.hostname, port: Number(url.port), user: url.username });
    await root.query("set global log_bin_trust_function_creators = 1");
    await root.end();
    await useAs(connection);
  });
});

suite("postgresql", () => {
  it("are enough for the owner of the database, and told to others", async () => {
    await using server = await startServer("postgresql");
    const url = new URL(await server.create());
    const name = url.pathname.slice(1);
    const client = new Client({ host: url.hostname, port: Number(url.port), user: url.username, database: name });
    await client.connect();
    await client.query("create role ironic login");
    const limited = url.href.replace(url.username, "ironic");
    await refusedWith(useAs(limited), DatabaseRightMissing, "owner");
    await client.query(`alter database ${name} owner to ironic`);
    await client.end();
    await useAs(limited);
  });
});
