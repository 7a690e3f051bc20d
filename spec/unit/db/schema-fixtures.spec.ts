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

/** What the migration of that number does on an empty database of the level before: written when there is none yet. */
async function kept(schema: Schema, level: number): Promise<string> {
  const migration = MIGRATIONS[level - 1];
  assert.ok(migration !== undefined);
  const file = fileOf(schema, migration);
  if (!existsSync(file)) {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, await now(schema, level));
  }
  return readFileSync(file, "utf8");
}

async function now(schema: Schema, level: number): Promise<string> {
  const statements = await pendingSql(schema, MIGRATIONS.slice(level - 1, level));
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
      for (let level = 1; level <= MIGRATIONS.length; level += 1)
        assert.equal(await now(schema, level), await kept(schema, level), MIGRATIONS[level - 1]?.name);
    });

    for (let level = 1; level < MIGRATIONS.length; level += 1)
      it(`migrate forward from ${level}, with rows in every table`, async () => {
        const schema = await databases.openSchema();
        await migrate(schema, silent, []);
        for (let each = 1; each <= level; each += 1) await apply(schema, await kept(schema, each));
        const raw = await databases.raw();
        for (const { id, name } of MIGRATIONS.slice(0, level))
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
