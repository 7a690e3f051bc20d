/** `ferric db upgrade|status|version`: the schema, apart from the service. */
import type { Config } from "../../../common/config/config.ts";
import { sqliteFile } from "../../../db/dialect/sqlite/location.ts";
import { inspectDatabase } from "../../../db/inspect.ts";
import { migrate, pendingSql, type Schema, schemaState } from "../../../db/migrate.ts";
import { configure, logOf } from "../../configure.ts";
import { refusePositionals } from "../../flags.ts";
import { lockFolder } from "../../instance-lock.ts";
import { look, withSchema } from "./opened.ts";

export async function upgrade(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { servesApi: false, switches: ["dry-run"] });
  refusePositionals(flags);
  return flags.switches.has("dry-run") ? await look(config, dryRun) : await apply(config);
}

export async function status(argv: readonly string[]): Promise<number> {
  return await look(plain(argv), tellStatus);
}

export async function version(argv: readonly string[]): Promise<number> {
  return await look(plain(argv), tellVersion);
}

function plain(argv: readonly string[]): Config {
  const { config, flags } = configure(argv, { servesApi: false });
  refusePositionals(flags);
  return config;
}

/** A file of SQLite belongs to one service; a server's database may be upgraded while others use it. */
async function apply(config: Config): Promise<number> {
  using _lock = sqliteFile(config) === null ? null : lockFolder(config.DEFAULT.state_path);
  return await withSchema(config, async (schema) => {
    const applied = await migrate(schema, logOf(config));
    say(applied.length === 0 ? "The database's schema is up to date." : `Applied: ${applied.join(", ")}.`);
    return 0;
  });
}

async function dryRun(schema: Schema): Promise<number> {
  const statements = await pendingSql(schema);
  say(...(statements.length === 0 ? ["-- nothing to do: the schema is up to date"] : statements));
  return 0;
}

/** 0 only when this program and the database fit. What holds nothing yet may lose nothing: doubts come with a schema. */
async function tellStatus(schema: Schema): Promise<number> {
  const { kind, serverVersion, durabilityDoubts } = await inspectDatabase(schema);
  const { applied, missing, unknown } = await schemaState(schema);
  const doubts = applied.length === 0 ? [] : durabilityDoubts;
  say(
    `database  ${kind} ${serverVersion}`,
    `schema    ${applied.at(-1) ?? "none"}`,
    ...missing.map((name) => `missing   ${name}: run "ferric db upgrade" or start the service`),
    ...unknown.map((name) => `unknown   ${name}: made by a newer release; upgrade this program`),
    ...doubts.map((doubt) => `doubt     ${doubt}`),
  );
  return missing.length + unknown.length === 0 ? 0 : 1;
}

async function tellVersion(schema: Schema): Promise<number> {
  const { applied } = await schemaState(schema);
  say(applied.at(-1) ?? "none");
  return 0;
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
