/** The keys that the configuration names, held against those that the database needs before anything is read or written. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../../common/config/config.ts";
import { KeyRing, type KeySource } from "../../common/encryption/key-ring.ts";
import { fileSource, joined, makeKeyFile, textSource } from "../../common/encryption/key-source.ts";
import { SecretKeyMissing } from "../../common/errors/secrets.ts";
import type { Logger } from "../../common/log.ts";
import { sqliteFile } from "../dialect/sqlite/location.ts";
import { rowsOf, type Work } from "../engine.ts";
import type { Schema } from "../migrate.ts";
import { statementOf } from "../query/compile.ts";
import { SECRET_TABLES } from "./secret-tables.ts";

const REGISTER = "secret_keys";

/**
 * Of a migrated database. A key file that is not there is made when the database needs no key yet.
 * @throws SecretKeysUnusable, SecretKeyMissing; then nothing is changed
 */
export async function openKeys(schema: Schema, config: Config, log: Logger): Promise<KeyRing> {
  const needed = await schema.engine.read(() => keysInUse(schema));
  const ring = ringOf(config, needed, log);
  // Of processes that start at once with keys of their own, only the first gets on.
  await schema.engine.write(() => register(schema, ring), { turn: "schema" });
  return ring;
}

/** The file that holds the keys; null where the environment does, or the database ends with its process. */
export function keyFileOf(config: Config): string | null {
  const { encryption_key_file: named, encryption_keys: given } = config.secrets;
  if (named !== null) return resolve(named);
  if (given !== null || isInMemory(config)) return null;
  const file = sqliteFile(config);
  return file === null ? resolve(config.DEFAULT.state_path, "encryption.key") : `${file}.key`;
}

/** What the configuration names, as it is: nothing is made, and nothing is encrypted. @throws SecretKeysUnusable */
export function keysAsFound(config: Config): KeyRing {
  const file = keyFileOf(config);
  const { encryption_keys: given } = config.secrets;
  const sources = given === null ? [] : [textSource(given)];
  if (file !== null && existsSync(file)) sources.push(fileSource(file));
  return new KeyRing(sources.length === 0 ? { ...NO_KEYS, name: file ?? NO_KEYS.name } : joined(sources), false);
}

/** Keys that encrypt some secret or have been registered to do so. */
export function* keysInUse({ sql }: Schema): Work<readonly string[]> {
  const ids = new Set<string>();
  for (const { name, key } of [...SECRET_TABLES, { name: REGISTER, key: "key_id" }])
    for (const [id] of yield* rowsOf(statementOf(sql(name).distinct(key).whereNotNull(key)))) ids.add(String(id));
  return [...ids];
}

/** Takes keys off the register that encrypt nothing any more. */
export function* forgetUnused(schema: Schema, ring: KeyRing): Work<void> {
  const { sql } = schema;
  yield statementOf(sql(REGISTER).delete());
  const used = yield* keysInUse(schema);
  yield* add(schema, [...new Set([...used, ...(ring.primary === null ? [] : [ring.primary.id])])]);
}

/** @throws SecretKeyMissing */
export function* register(schema: Schema, ring: KeyRing): Work<void> {
  const known = yield* keysInUse(schema);
  requireKeys(ring, known);
  if (ring.primary !== null && !known.includes(ring.primary.id)) yield* add(schema, [ring.primary.id]);
}

function* add({ sql }: Schema, ids: readonly string[]): Work<void> {
  const added_at = new Date().toISOString();
  for (const key_id of ids) yield statementOf(sql(REGISTER).insert({ key_id, added_at }));
}

function requireKeys(ring: KeyRing, needed: readonly string[]): void {
  const missing = ring.missing(needed);
  if (missing.length > 0) throw SecretKeyMissing({ ids: missing, source: ring.sourceName });
}

/** @throws SecretKeysUnusable, SecretKeyMissing when there is no key at all but some are `needed` */
export function ringOf(config: Config, needed: readonly string[], log: Logger): KeyRing {
  const { encrypt, encryption_keys: given } = config.secrets;
  const file = keyFileOf(config);
  if (file === null && given === null) return encrypt ? KeyRing.ephemeral() : new KeyRing(NO_KEYS, false);
  const sources: KeySource[] = given === null ? [] : [textSource(given)];
  if (file !== null) {
    if (!existsSync(file) && needed.length > 0) throw SecretKeyMissing({ ids: needed, source: file });
    if (!existsSync(file) && encrypt) {
      makeKeyFile(file);
      log.warn({ file }, "a key that encrypts secrets was made: keep a copy of it, apart from the database's backups");
    }
    if (existsSync(file)) sources.push(fileSource(file));
  }
  return new KeyRing(sources.length === 0 ? NO_KEYS : joined(sources), encrypt);
}

const NO_KEYS: KeySource = { name: "the configuration ([secrets]encryption_key_file)", read: () => [] };

function isInMemory({ database }: Config): boolean {
  return /^sqlite:\/\/\/?(:memory:)?$/.test(database.connection);
}
