/** Whether the database answers, keeps what it acknowledges, has this program's schema, and may be acted by. */
import type { Config } from "../../../common/config/config.ts";
import { sqliteFile } from "../../../db/dialect/sqlite/location.ts";
import { inspectDatabase } from "../../../db/inspect.ts";
import { type Schema, schemaState } from "../../../db/migrate.ts";
import { restoreMarkOf } from "../../../db/stores/restore-store.ts";
import { type Check, type Finding, fail, pass, warn } from "../check.ts";
import { withDatabase } from "../opened-database.ts";

export const database: Check = {
  name: "database",
  async run({ config }) {
    const found = await withDatabase(config, (schema) => look(schema, config));
    return (
      found ?? [warn(`there is no ${sqliteFile(config)} yet`, "it is made when the service starts for the first time")]
    );
  },
};

async function look(schema: Schema, config: Config): Promise<readonly Finding[]> {
  const { kind, serverVersion, durabilityDoubts } = await inspectDatabase(schema);
  const doubts = [...durabilityDoubts, ...sqliteDoubts(config)];
  return [
    pass(`${kind} ${serverVersion} answers`),
    ...(doubts.length === 0 ? [pass("what is acknowledged survives a power cut")] : []),
    ...doubts.map((doubt) => warn(doubt, "change the setting, unless the last changes may be lost")),
    ...(await schemaFindings(schema)),
  ];
}

function sqliteDoubts(config: Config): readonly string[] {
  return sqliteFile(config) !== null && config.database.sqlite_synchronous === "NORMAL"
    ? ["[database]sqlite_synchronous is NORMAL: the last commits may be lost at a power cut."]
    : [];
}

async function schemaFindings(schema: Schema): Promise<readonly Finding[]> {
  const { applied, missing, unknown } = await schemaState(schema);
  if (unknown.length > 0)
    return [fail(`the schema is of a newer release: ${unknown.join(", ")}`, "upgrade this program")];
  if (missing.length > 0)
    return [
      warn(`the schema lacks ${missing.join(", ")}`, 'run "ferric db upgrade", or start the service, which does it'),
    ];
  const mark = await schema.engine.read(() => restoreMarkOf(schema.sql));
  const restored =
    mark === null
      ? []
      : [
          mark.complete
            ? warn(
                `filled from ${mark.origin} (as of ${mark.as_of}), not acknowledged: no machine is acted on`,
                'look at the nodes, then run "ferric db acknowledge-restore"',
              )
            : fail(`filling from ${mark.origin} did not end well`, "empty the database and run it again"),
        ];
  return [pass(`the schema is that of this program: ${applied.at(-1)}`), ...restored];
}
