/** One key that encrypts secrets (AES-256-GCM, NIST SP 800-38D), and the text form in which files and environment hold keys. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";
/** Derived keys that are remembered: callers on the queue come and go, each with a salt of its own. */
const DERIVED = 200;

export class SecretKey {
  /** Tells keys apart without telling them: 16 hexadecimal digits. */
  readonly id: string;
  readonly #bytes: Buffer;
  readonly #derived = new Map<string, KeyObject>();

  constructor(bytes: Buffer) {
    if (bytes.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`);
    this.#bytes = bytes;
    this.id = createHmac("sha256", bytes).update("ferric key id").digest("hex").slice(0, 16);
  }

  /**
   * Base64 of nonce, ciphertext and tag. Each purpose has a key of its own, by RFC 5869. `binding` names what the text
   * belongs to: opened with another one, it is refused.
   */
  seal(text: string, purpose: string, binding: string): string {
    const nonce = freshNonce();
    const cipher = createCipheriv(CIPHER, this.#derive(purpose), nonce);
    cipher.setAAD(Buffer.from(binding, "utf8"));
    return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
  }

  /** @throws Error for what was not sealed with this key, purpose and binding */
  open(sealed: string, purpose: string, binding: string): string {
    const bytes = Buffer.from(sealed, "base64");
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error("it is too short to be a sealed text");
    const decipher = createDecipheriv(CIPHER, this.#derive(purpose), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(binding, "utf8"));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  }

  #derive(purpose: string): KeyObject {
    const known = this.#derived.get(purpose);
    if (known !== undefined) return known;
    const bytes = Buffer.from(hkdfSync("sha256", this.#bytes, "", `ferric ${purpose}`, KEY_BYTES));
    const derived = createSecretKey(bytes);
    const oldest = this.#derived.size < DERIVED ? undefined : this.#derived.keys().next().value;
    if (oldest !== undefined) this.#derived.delete(oldest);
    this.#derived.set(purpose, derived);
    return derived;
  }
}

/** Random bytes in store: asking for twelve costs as much as asking for thousands. */
let stock = Buffer.alloc(0);

function freshNonce(): Buffer {
  if (stock.length < NONCE_BYTES) stock = randomBytes(NONCE_BYTES * 256);
  const nonce = stock.subarray(0, NONCE_BYTES);
  stock = stock.subarray(NONCE_BYTES);
  return nonce;
}

export function newKeyText(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}

/** Lines (or items between commas) of base64 or hexadecimal; `#` begins a comment. @throws Error, which shows no key */
export function parseKeys(text: string): readonly SecretKey[] {
  const items = text
    .split("\n")
    .flatMap((line) => line.replace(/#.*/, "").split(","))
    .map((item) => item.trim())
    .filter((item) => item !== "");
  return items.map((item, index) => {
    const hex = /^[0-9a-f]{64}$/i.test(item);
    if (!hex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(item))
      throw new Error(`its key ${index + 1} is neither 32 bytes as base64 nor 64 hexadecimal digits`);
    return new SecretKey(Buffer.from(item, hex ? "hex" : "base64"));
  });
}
