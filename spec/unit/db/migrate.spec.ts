import assert from "node:assert/strict";
import { DatabaseTooNew } from "../../../common/errors/database.ts";
import { silent } from "../../../common/log.ts";
import type { Unit, Work } from "../../../db/engine.ts";
import { migrate } from "../../../db/migrate.ts";
import { MIGRATIONS } from "../../../db/migrations/index.ts";
import { alter, type Migration } from "../../../db/migrations/migration.ts";
import { startChild } from "./support/child.ts";
import { newNode, onEachDatabase } from "./support/databases.ts";
import { refusedWith } from "./support/faults.ts";

describe("list of migrations", () => {
  it("rises", () => {
    const ids = MIGRATIONS.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((one, other) => one - other),
    );
  });
});

/** The unit's statements up to that one: MariaDB has carried them out when the rest does not come. */
function* cut<T>(work: Work<T>, after: number): Work<T> {
  let turn = work.next();
  for (let done = 0; !turn.done; done += 1) {
    if (done === after) throw new Error("the process died");
    turn = work.next(yield turn.value);
  }
  return turn.value;
}

onEachDatabase(
  "migrations",
  (databases) => {
    const versions = async () => (await databases.raw()).rows("select id, name from schema_migrations order by id");

    it("are applied once each when three processes and two instances start at the same time", async function () {
      this.timeout(60_000);
      const connection = await databases.connection();
      const children = [1, 2, 3].map(() => startChild("openOnly", databases.kind, connection));
      const [one, two] = await Promise.all([databases.open(), databases.open()]);
      assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0, 0]);
      assert.deepEqual(
        await versions(),
        MIGRATIONS.map(({ id, name }) => [id, name]),
      );
      const node = await one.nodes.create(newNode());
      assert.deepEqual(await two.nodes.get(node.uuid), node);
    });

    it("leave the data of a database that is opened again alone", async () => {
      const database = await databases.openDatabase();
      const node = await database.stores.nodes.create(newNode());
      await database[Symbol.asyncDispose]();
      const { nodes } = await databases.open();
      assert.deepEqual(await nodes.get(node.uuid), node);
    });

    it("refuse a database of a newer release, naming its version, and change nothing", async () => {
      const database = await databases.openDatabase();
      await database[Symbol.asyncDispose]();
      const raw = await databases.raw();
      await raw.run("insert into schema_migrations (id, name, applied_at) values (999, 'from-the-future', 'x')");
      await refusedWith(databases.openDatabase(), DatabaseTooNew, "999 from-the-future");
      assert.equal((await versions()).length, MIGRATIONS.length + 1);
    });

    it("leave nothing of a release whose migration fails", async () => {
      const schema = await databases.openSchema();
      const good: Migration = {
        id: 1,
        name: "good",
        *up(sql) {
          yield* alter(sql.schema.createTable("good", (table) => table.increments("id")));
        },
      };
      const bad: Migration = {
        id: 2,
        name: "bad",
        *up(sql) {
          yield* alter(sql.schema.createTable("bad", (table) => table.increments("id")));
          yield { sql: "insert into nowhere values (1)", bindings: [] };
        },
      };
      await migrate(schema, silent, [good]);
      await assert.rejects(migrate(schema, silent, [good, bad]), /nowhere/);
      assert.deepEqual(await versions(), [[1, "good"]]);
      if (schema.dialect.schemaIsTransactional) await assert.rejects((await databases.raw()).rows("select * from bad"));
    });

    for (const after of [1, 2, 3, 40, 41, 80])
      it(`go on after a process that died ${after} statements into them`, async () => {
        const schema = await databases.openSchema();
        const { engine } = schema;
        const dying = {
          ...schema,
          engine: {
            ...engine,
            write: <T>(unit: Unit<T>, turn?: object) => engine.write(() => cut(unit(), after), turn),
          },
        };
        await assert.rejects(migrate(dying, silent), /the process died/);
        await migrate(schema, silent);
        assert.deepEqual(
          await versions(),
          MIGRATIONS.map(({ id, name }) => [id, name]),
        );
        const { nodes } = await databases.open();
        const node = await nodes.create(newNode());
        assert.equal((await nodes.get(node.uuid)).uuid, node.uuid);
      });
  },
  { fresh: true },
);
