/** Encrypts what an earlier release, or a configuration with encrypt = false, has stored plain. */
import type { KeyRing } from "../../common/encryption/key-ring.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import type { Schema } from "../migrate.ts";
import { countByKey, reseal } from "./reseal.ts";

/** @throws SecretKeyMissing */
export async function sealPlain(schema: Schema, ring: KeyRing, log: Logger): Promise<void> {
  if (ring.primary === null) return;
  const plain = (await countByKey(schema)).get(null) ?? 0;
  if (plain === 0) return;
  log.info({ secrets: plain }, "secrets that are stored plain are encrypted now");
  await reseal(schema, ring, { onlyPlain: true });
  await forgetBefore(schema, log);
}

/** What was plain before must not stay readable in what the file does not use any more. */
async function forgetBefore({ engine, dialect }: Schema, log: Logger): Promise<void> {
  if (engine.scrub === undefined) {
    log.warn(
      { database: dialect.kind },
      "the server's files, logs and backups hold the plain secrets until it overwrites them",
    );
    return;
  }
  try {
    await engine.scrub();
  } catch (error) {
    log.warn(
      { reason: reasonOf(error) },
      'the database file holds the plain secrets still: stop the service and run "VACUUM" on it',
    );
  }
}
