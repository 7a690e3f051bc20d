/** SHA-crypt of rescue passwords ($5$ and $6$), as /etc/shadow takes them. Source: "Unix crypt using SHA-256 and SHA-512", U. Drepper, 2007. */
import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS = 5000;

interface Scheme {
  readonly hash: "sha256" | "sha512";
  readonly prefix: string;
  /** Order in which the digest's bytes are written, three to a group, the first one highest. */
  readonly order: readonly number[];
}

/** The published order steps through the digest in thirds, rotating which third comes first. */
function rotated(third: number, turn: (start: number) => number, last: readonly number[]): readonly number[] {
  const order: number[] = [];
  let at = 0;
  for (let group = 0; group < third; group++) {
    for (let part = 0; part < 3; part++) order.push((at + part * third) % (third * 3));
    at = turn(at);
  }
  return [...order, ...last];
}

const SCHEMES: Readonly<Record<"sha256" | "sha512", Scheme>> = {
  sha256: { hash: "sha256", prefix: "$5$", order: rotated(10, (at) => (at + 21) % 30, [31, 30]) },
  sha512: { hash: "sha512", prefix: "$6$", order: rotated(21, (at) => (at + 22) % 63, [63]) },
};

/** `salt` up to 16 characters of the crypt alphabet; random when absent. */
export function hashPassword(password: string, algorithm: "sha256" | "sha512", salt = randomSalt()): string {
  const scheme = SCHEMES[algorithm];
  const key = Buffer.from(password, "utf8");
  const saltBytes = Buffer.from(salt, "utf8");
  const digest = stretch(scheme, key, saltBytes);
  return `${scheme.prefix}${salt}$${encode(digest, scheme.order)}`;
}

function randomSalt(): string {
  return [...randomBytes(16)].map((byte) => ALPHABET[byte & 63]).join("");
}

function digestOf(scheme: Scheme, parts: readonly Buffer[]): Buffer {
  const hash = createHash(scheme.hash);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function repeated(block: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; at += block.length) block.copy(out, at, 0, Math.min(block.length, length - at));
  return out;
}

function stretch(scheme: Scheme, key: Buffer, salt: Buffer): Buffer {
  const alternate = digestOf(scheme, [key, salt, key]);
  const mixed = [key, salt, repeated(alternate, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) mixed.push(bits & 1 ? alternate : key);
  let digest = digestOf(scheme, mixed);
  const p = repeated(digestOf(scheme, Array<Buffer>(key.length).fill(key)), key.length);
  const s = repeated(digestOf(scheme, Array<Buffer>(16 + (digest[0] ?? 0)).fill(salt)), salt.length);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? digest : p);
    digest = digestOf(scheme, parts);
  }
  return digest;
}

function encode(digest: Buffer, order: readonly number[]): string {
  let text = "";
  for (let at = 0; at < order.length; at += 3) {
    const group = order.slice(at, at + 3).map((index) => digest[index] ?? 0);
    let value = group.reduce((sum, byte) => sum * 256 + byte, 0);
    for (let count = group.length + 1; count > 0; count--) {
      text += ALPHABET[value & 63];
      value >>>= 6;
    }
  }
  return text;
}
