/**
 * Databases as earlier releases made them, kept as SQL in fixtures/: released migrations never change, and from each of
 * them the way leads forward with every row.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silent } from "../../../common/log.ts";
import type { Statement, Work } from "../../../db/engine.ts";
import { migrate, pendingSql, type Schema } from "../../../db/migrate.ts";
import { MIGRATIONS } from "../../../db/migrations/index.ts";
import type { Migration } from "../../../db/migrations/migration.ts";
import { onEachDatabase } from "./support/databases.ts";
import { countRows, fillEveryTable } from "./support/rows.ts";

const FOLDER = join(import.meta.dirname, "fixtures");
const END = ";\n";

function fileOf({ dialect }: Schema, { id, name }: Migration): string {
  const file = `${String(id).padStart(4, "0")}-${name.replaceAll(" ", "-")}.sql`;
  return join(FOLDER, dialect.kind.toLowerCase(), file);
}

/** What the migration does on an empty database of the level before: written when there is none yet. */
async function kept(schema: Schema, migration: Migration): Promise<string> {
  const file = fileOf(schema, migration);
  if (!existsSync(file)) {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, await now(schema, migration));
  }
  return readFileSync(file, "utf8");
}

async function now(schema: Schema, migration: Migration): Promise<string> {
  const statements = await pendingSql(schema, [migration]);
  return statements.map((text) => `${text.replace(/;$/, "")}${END}`).join("");
}

/** Runs a kept file. One unit a statement: MariaDB has no other. */
async function apply(schema: Schema, text: string): Promise<void> {
  const statements = text.split(END).filter((statement) => statement !== "" && !statement.startsWith("--"));
  for (const sql of statements) await schema.engine.write(() => one({ sql, bindings: [] }));
}

function* one(statement: Statement): Work<void> {
  yield statement;
}

onEachDatabase(
  "schemas of earlier releases",
  (databases) => {
    it("are made by the migrations of today as they were then (a released one never changes; delete the fixture of one that is not)", async () => {
      const schema = await databases.openSchema();
      for (const migration of MIGRATIONS)
        assert.equal(await now(schema, migration), await kept(schema, migration), migration.name);
    });

    for (const [index, { id: level }] of MIGRATIONS.slice(0, -1).entries())
      it(`migrate forward from ${level}, with rows in every table`, async () => {
        const schema = await databases.openSchema();
        await migrate(schema, silent, []);
        for (const each of MIGRATIONS.slice(0, index + 1)) await apply(schema, await kept(schema, each));
        const raw = await databases.raw();
        for (const { id, name } of MIGRATIONS.slice(0, index + 1))
          await raw.run("insert into schema_migrations (id, name, applied_at) values (?, ?, ?)", id, name, "then");
        await fillEveryTable(raw, level);
        const before = await countRows(raw, level);
        const stores = await databases.open();
        assert.deepEqual(await countRows(raw, level), before);
        const node = await stores.nodes.getRevealed("11111111-1111-4111-8111-111111111111");
        assert.equal(node.name, "old-node");
        assert.deepEqual(node.driver_info, { address: "a", password: "s3cret" });
        assert.deepEqual(node.traits, ["CUSTOM_OLD"]);
        const [port] = await stores.ports.ofNode(node.uuid);
        assert.equal(port?.address, "aa:bb:cc:dd:ee:ff");
        await stores.nodes.updateUnlocked(node.uuid, { description: "changed after" });
        assert.equal((await stores.nodes.get("old-node")).description, "changed after");
      });
  },
  { fresh: true },
);
