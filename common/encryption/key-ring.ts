/** The keys of this process: the first encrypts, all decrypt. Meeting a key that is new, the source is read again. */
import { SecretDamaged, SecretKeyMissing } from "../errors/secrets.ts";
import { newKeyText, parseKeys, type SecretKey } from "./secret-key.ts";

/** `keyId` null: the text is as it was given, not encrypted. */
export interface Sealed {
  readonly keyId: string | null;
  readonly text: string;
}

export interface KeySource {
  /** For messages: the file's path, or the name of the option. */
  readonly name: string;
  /** @throws SecretKeysUnusable */
  read(): readonly SecretKey[];
}

/** What uses a ring says for what, so that nothing sealed for one use opens in another. */
export type Purpose = "database" | `queue ${string}`;

/** A source whose file is being replaced, or that somebody asks for an invented key all the time, is not read in a loop. */
const READ_AGAIN_MS = 1000;

export class KeyRing {
  /** Encrypts; null where secrets are stored plain. */
  readonly primary: SecretKey | null;
  readonly #source: KeySource;
  #keys: ReadonlyMap<string, SecretKey>;
  #readAt: number;

  /** `encrypts` false: what is encrypted is read still, and nothing is encrypted any more. @throws SecretKeysUnusable */
  constructor(source: KeySource, encrypts: boolean) {
    const keys = source.read();
    this.#source = source;
    this.#keys = byId(keys);
    this.#readAt = performance.now();
    this.primary = encrypts ? (keys[0] ?? null) : null;
  }

  /** A ring of one new key that ends with the process. */
  static ephemeral(): KeyRing {
    const keys = parseKeys(newKeyText());
    return new KeyRing({ name: "the memory of this process", read: () => keys }, true);
  }

  get sourceName(): string {
    return this.#source.name;
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  seal(text: string, purpose: Purpose, binding: string): Sealed {
    if (this.primary === null) return { keyId: null, text };
    return { keyId: this.primary.id, text: this.primary.seal(text, purpose, binding) };
  }

  /** `record` names it for the message. @throws SecretKeyMissing, SecretDamaged */
  open({ keyId, text }: Sealed, purpose: Purpose, binding: string, record: () => string): string {
    if (keyId === null) return text;
    const key = this.#keyOf(keyId);
    try {
      return key.open(text, purpose, binding);
    } catch (error) {
      throw SecretDamaged({ record: record() }, error);
    }
  }

  /** Those of `ids` that are not here. */
  missing(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => !this.#keys.has(id));
  }

  #keyOf(id: string): SecretKey {
    const known = this.#keys.get(id) ?? this.#readAgain().get(id);
    if (known === undefined) throw SecretKeyMissing({ ids: [id], source: this.#source.name });
    return known;
  }

  /** Keys that were added while this process runs; what was known stays known. */
  #readAgain(): ReadonlyMap<string, SecretKey> {
    if (performance.now() - this.#readAt >= READ_AGAIN_MS) {
      this.#readAt = performance.now();
      this.#keys = new Map([...byId(this.#source.read()), ...this.#keys]);
    }
    return this.#keys;
  }
}

function byId(keys: readonly SecretKey[]): ReadonlyMap<string, SecretKey> {
  return new Map(keys.map((key) => [key.id, key]));
}
