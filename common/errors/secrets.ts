/** Faults of the encryption of stored secrets: for operators, at start and on the command line. None shows a key. */
import { defineFault } from "./fault.ts";

export const SecretKeysUnusable = defineFault<{ source: string; reason: string }>(
  "SecretKeysUnusable",
  500,
  (p) =>
    `The keys that encrypt stored secrets cannot be taken from ${p.source}: ${p.reason}. One line a key, 32 bytes as base64 (openssl rand -base64 32 makes one); the first encrypts, all decrypt. Nothing was changed.`,
);
/** What is stored stays as it is until the key is back. */
export const SecretKeyMissing = defineFault<{ ids: readonly string[]; source: string }>(
  "SecretKeyMissing",
  500,
  (p) =>
    `The database uses encryption key ${p.ids.join(", ")}, which is not in ${p.source}: put the key back there (from the backup of the key file, or from another process of this service), or name the right file in [secrets]encryption_key_file. Nothing was changed; without the key the stored secrets cannot be read.`,
);
export const SecretDamaged = defineFault<{ record: string }>(
  "SecretDamaged",
  500,
  (p) =>
    `The stored secret ${p.record} cannot be decrypted although its key is there: it was damaged or moved between records. Restore the database from a backup, or forget the secret with "ferric db rotate-key --forget-damaged" and set it anew.`,
);
export const BackupKeysMissing = defineFault<{ file: string; ids: readonly string[]; source: string }>(
  "BackupKeysMissing",
  500,
  (p) =>
    `The secrets in ${p.file} are encrypted with key ${p.ids.join(", ")}, which is not in ${p.source}: put the key there that was in use when the backup was made (backups hold no keys). Nothing was changed.`,
);
