/** Names for secrets in memory: what is remembered about a password or token is found by its hash, never by itself. */
import { createHmac, randomBytes } from "node:crypto";

/** With a key of this process only: the hashes mean nothing elsewhere, and passwords cannot be tried against them. */
const KEY = randomBytes(32);

export function keyedHash(...parts: readonly string[]): string {
  const hash = createHmac("sha256", KEY);
  // The length before each part: no two lists of parts look the same.
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("base64");
}
