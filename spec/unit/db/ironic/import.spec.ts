/** Import from an Ironic 39 database: its tables and rows as a running one had them, with column names as it told them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseNotEmpty, IronicDatabaseUnusable, IronicNodesBusy } from "../../../../common/errors/backup.ts";
import { silent } from "../../../../common/log.ts";
import type { SqlValue } from "../../../../db/engine.ts";
import { importIronic } from "../../../../db/ironic/import.ts";
import { schemaState } from "../../../../db/migrate.ts";
import { statementOf } from "../../../../db/query/compile.ts";
import { whyNot } from "../../../support/database-servers.ts";
import { TestDatabases } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

interface Fixture {
  readonly [table: string]: {
    readonly columns: Readonly<Record<string, string>>;
    readonly rows: readonly Readonly<Record<string, SqlValue>>[];
  };
}

const FIXTURE: Fixture = JSON.parse(readFileSync(join(import.meta.dirname, "ironic-39.json"), "utf8"));
const PLAIN = { dryRun: false, failTransient: false };

for (const kind of ["libsql", "mariadb"] as const)
  describe(`import from Ironic (${kind})`, () => {
    const reason = kind === "mariadb" ? whyNot(kind) : null;
    if (reason !== null) {
      it.skip(`skipped: ${reason}`);
      return;
    }
    const ironic = new TestDatabases(kind, true);
    const ours = new TestDatabases("libsql", true);
    beforeEach(() => makeIronic(ironic));
    afterEach(async () => {
      await ironic.clear();
      await ours.clear();
    });

    const run = async (options = PLAIN) =>
      importIronic(await ours.openSchema(), await ours.config(), await ironic.connection(), options, silent);
    const change = async (sql: string) => (await ironic.raw()).run(sql);

    it("carries every record over, secrets among them, and marks the database", async () => {
      const { rows, left } = await run();
      const { nodes, ports, history, inventory, runbooks, allocations, volumeTargets, biosSettings, restores } =
        await ours.open();
      assert.deepEqual(left, []);
      assert.equal(rows.nodes, FIXTURE.nodes?.rows.length);
      const node = await nodes.getRevealed((await nodes.get("n-manage")).uuid);
      assert.equal(node.driver_info.ipmi_password, "s3cr\u00e9t");
      assert.equal((await nodes.get("n-manage")).driver_info.ipmi_password, "******");
      assert.deepEqual(node.traits, ["CUSTOM_GOLD", "HW_CPU_X86_VMX"]);
      assert.deepEqual([node.owner, node.lessee, node.shard, node.maintenance], ["proj-a", "proj-b", "s1", false]);
      assert.match(node.created_at, /^2026-11-21T\d\d:\d\d:\d\d\.000000\+00:00$/);
      assert.equal((await nodes.get("n-active")).conductor_affinity, "peer-6394");
      assert.equal((await nodes.get("n-enroll")).description, "Zeile 1\nZeile 2");
      const [port] = await ports.ofNode(node.uuid);
      assert.deepEqual([port?.name, port?.local_link_connection.port_id], ["p-one", "Eth3/1"]);
      assert.ok(port?.portgroup_uuid);
      assert.ok((await history.ofNode(node.uuid)).length > 0);
      assert.deepEqual((await inventory.get(node.uuid))?.plugin_data, { a: [1] });
      assert.deepEqual((await biosSettings.ofNode(node.uuid))[0]?.allowable_values, ["Enabled", "Disabled"]);
      assert.deepEqual(
        (await runbooks.get("CUSTOM_RB")).steps.map(({ step, order }) => [step, order]),
        [
          ["factory_reset", 1],
          ["delete_configuration", 2],
        ],
      );
      assert.deepEqual((await allocations.get("a-one")).traits, ["CUSTOM_T"]);
      const [target] = await volumeTargets.revealedOfNode((await nodes.get("n-enroll")).uuid);
      assert.equal(target?.properties.auth_password, "hid");
      assert.equal((await restores.find())?.origin, "an Ironic database");
      await nodes.create({ uuid: crypto.randomUUID(), driver: "ipmi" });
    });

    it("changes nothing in a dry run, and tells the same counts", async () => {
      const { rows } = await run({ ...PLAIN, dryRun: true });
      assert.equal(rows.ports, FIXTURE.ports?.rows.length);
      assert.deepEqual((await schemaState(await ours.openSchema())).applied, []);
    });

    it("refuses nodes that Ironic is at work on, unless told to fail them", async () => {
      await change(
        "update nodes set provision_state = 'wait call-back', target_provision_state = 'active' where name = 'n-active'",
      );
      await change(
        "update nodes set reservation = 'peer-6394', target_power_state = 'power on' where name = 'n-avail'",
      );
      await refusedWith(
        run(),
        IronicNodesBusy,
        "2 nodes",
        "n-active",
        "in state wait call-back",
        "locked by peer-6394",
      );
      assert.deepEqual((await schemaState(await ours.openSchema())).applied, []);
      await run({ ...PLAIN, failTransient: true });
      const { nodes } = await ours.open();
      const failed = await nodes.get("n-active");
      assert.deepEqual([failed.provision_state, failed.target_provision_state], ["deploy failed", "active"]);
      assert.match(failed.last_error ?? "", /was in state wait call-back when it was imported/);
      const freed = await nodes.get("n-avail");
      assert.deepEqual([freed.provision_state, freed.reservation, freed.target_power_state], ["available", null, null]);
    });

    it("tells what has no place here", async () => {
      await change("insert into node_tags (node_id, tag) values (1, 'x')");
      await change("update nodes set extra = 'no json' where name = 'n-avail'");
      await change("update inspection_rules set scope = 'a'");
      const { left } = await run();
      assert.match(left.join("\n"), /node_tags: 1 rows/);
      assert.match(left.join("\n"), /inspection_rules\.scope: 2 values/);
      assert.match(left.join("\n"), /nodes\.extra of .*not a readable document/);
    });

    it("refuses a database that has records, and a source that is none of Ironic's", async () => {
      await run();
      await refusedWith(run(), DatabaseNotEmpty);
      await refusedWith(
        importIronic(await ours.openSchema(), await ours.config(), await ours.connection(), PLAIN, silent),
        IronicDatabaseUnusable,
        "no tables of Ironic's",
      );
    });
  });

async function makeIronic(databases: TestDatabases): Promise<void> {
  const { engine, sql } = await databases.openSchema();
  const name = (text: string) => sql.ref(text).toQuery();
  for (const [table, { columns, rows }] of Object.entries(FIXTURE)) {
    const definitions = Object.entries(columns).map(([column, type]) => `${name(column)} ${type}`);
    await engine.write(function* () {
      yield { sql: `create table ${name(table)} (${definitions.join(", ")})`, bindings: [] };
    });
    await engine.write(function* () {
      for (const row of rows) yield statementOf(sql(table).insert(row));
    });
  }
}
