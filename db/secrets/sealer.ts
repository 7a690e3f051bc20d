/**
 * Secrets on their way into the database and out of it. Each is bound to its place (table, record and path), so that what
 * is copied to another place does not open there.
 */
import type { KeyRing } from "../../common/encryption/key-ring.ts";
import type { SqlValue } from "../engine.ts";

export interface SecretTable {
  readonly name: string;
  /** The columns that tell a secret's place. */
  readonly place: readonly string[];
  /** The column with what is encrypted. */
  readonly value: string;
  /** The column with the id of its key. */
  readonly key: string;
}

const APART = { value: "value", key: "key_id" } as const;

export const NODE_SECRETS: SecretTable = { name: "node_secrets", place: ["node_id", "holder", "path"], ...APART };
export const TARGET_SECRETS: SecretTable = { name: "volume_target_secrets", place: ["target_uuid", "path"], ...APART };

/** Values of the columns of `SecretTable.place`. */
export type Place = readonly SqlValue[];

export interface SealedColumns {
  readonly value: string;
  /** Null: `value` is plain. */
  readonly key_id: string | null;
}

export class Sealer {
  readonly #ring: KeyRing;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  seal(table: SecretTable, place: Place, plain: string): SealedColumns {
    const { text, keyId } = this.#ring.seal(plain, "database", bindingOf(table, place));
    return { value: text, key_id: keyId };
  }

  /** @throws SecretKeyMissing, SecretDamaged */
  open(table: SecretTable, place: Place, value: SqlValue, key: SqlValue): string {
    const sealed = { keyId: key === null ? null : String(key), text: String(value) };
    return this.#ring.open(sealed, "database", bindingOf(table, place), () => `${table.name} ${place.join(" ")}`);
  }
}

function bindingOf(table: SecretTable, place: Place): string {
  const holder = table.value === APART.value ? table.name : `${table.name}.${table.value}`;
  return [holder, ...place.map(String)].join("\0");
}
