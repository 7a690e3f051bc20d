/** `ferric db`: the schema, apart from the service. */
import { existsSync } from "node:fs";
import { type Config, defaultConfig } from "../../common/config/config.ts";
import { type Logger, silent } from "../../common/log.ts";
import { openSchema } from "../../db/connect.ts";
import { sqliteFile } from "../../db/dialect/sqlite/location.ts";
import { inspectDatabase } from "../../db/inspect.ts";
import { migrate, pendingSql, type Schema, schemaState } from "../../db/migrate.ts";
import { configure, logOf } from "../configure.ts";
import { UsageError } from "../flags.ts";
import { lockFolder } from "../instance-lock.ts";

export async function database(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { switches: ["dry-run"] });
  const [action, ...more] = flags.positionals;
  const isDry = flags.switches.has("dry-run");
  if (more.length > 0) throw new UsageError(`"${more.join(" ")}" is too much`);
  if (isDry && action !== "upgrade") throw new UsageError("--dry-run goes with upgrade");
  if (action === "upgrade") return isDry ? await look(config, dryRun) : await upgrade(config);
  if (action === "status") return await look(config, status);
  if (action === "version") return await look(config, version);
  throw new UsageError("say what to do: upgrade, status or version");
}

/** A file of SQLite belongs to one service; a server's database may be upgraded while others use it. */
async function upgrade(config: Config): Promise<number> {
  using _lock = sqliteFile(config) === null ? null : lockFolder(config.DEFAULT.state_path);
  const log = logOf(config);
  return await withSchema(config, log, async (schema) => {
    const applied = await migrate(schema, log);
    say(applied.length === 0 ? "The database's schema is up to date." : `Applied: ${applied.join(", ")}.`);
    return 0;
  });
}

async function dryRun(schema: Schema): Promise<number> {
  const statements = await pendingSql(schema);
  say(...(statements.length === 0 ? ["-- nothing to do: the schema is up to date"] : statements));
  return 0;
}

/** 0 only when this program and the database fit and what is acknowledged lasts. */
async function status(schema: Schema): Promise<number> {
  const { kind, serverVersion, durabilityDoubts } = await inspectDatabase(schema);
  const { applied, missing, unknown } = await schemaState(schema);
  say(
    `database  ${kind} ${serverVersion}`,
    `schema    ${applied.at(-1) ?? "none"}`,
    ...missing.map((name) => `missing   ${name}: run "ferric db upgrade" or start the service`),
    ...unknown.map((name) => `unknown   ${name}: made by a newer release; upgrade this program`),
    ...durabilityDoubts.map((doubt) => `doubt     ${doubt}`),
  );
  return missing.length + unknown.length === 0 ? 0 : 1;
}

async function version(schema: Schema): Promise<number> {
  const { applied } = await schemaState(schema);
  say(applied.at(-1) ?? "none");
  return 0;
}

/** A file that is not there is not made by looking: an empty database in memory is looked at in its place. */
async function look(config: Config, work: (schema: Schema) => Promise<number>): Promise<number> {
  const file = sqliteFile(config);
  if (file === null || existsSync(file)) return await withSchema(config, silent, work);
  process.stderr.write(`There is no database ${file} yet.\n`);
  return await withSchema(defaultConfig({ database: { connection: "sqlite://" } }), silent, work);
}

async function withSchema(config: Config, log: Logger, work: (schema: Schema) => Promise<number>): Promise<number> {
  const schema = await openSchema(config, log);
  try {
    return await work(schema);
  } finally {
    await schema.engine.close();
  }
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
