/** [secrets], a section of ours: how secrets are stored. */
import { boolean, optional } from "../option.ts";

export const secrets = {
  encrypt: boolean(
    true,
    "Encrypt secrets (BMC passwords, config drives, agent tokens, CHAP secrets) in the database and between processes, with AES-256-GCM. false: new ones are stored plain, and what is encrypted stays so until ferric db rotate-key.",
  ),
  encryption_key_file: optional(
    "File with the keys, 32 bytes as base64 a line; the first encrypts, all decrypt. When empty: the SQLite database's file with .key at its end, or encryption.key below state_path for a database server. Made with a new key when it is not there and the database needs none yet. All processes on one database need the same keys.",
  ),
  encryption_keys: optional(
    "Keys themselves, with commas between, in place of a file that is not named; meant for the environment (OS_SECRETS__ENCRYPTION_KEYS). With a file too, these come first.",
    { secret: true },
  ),
} as const;
