/** Cipher suites as data (IPMI 2.0, table 22-20), and the key material of a session (13.31, 13.32). */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface CipherSuite {
  readonly id: number;
  readonly hash: "sha1" | "sha256";
  /** Numbers on the wire: tables 13-17, 13-18 and 13-19. */
  readonly authentication: number;
  readonly integrity: number;
  readonly confidentiality: number;
  /** Bytes of a packet's authentication code; 0 without integrity. */
  readonly codeBytes: number;
  /** Bytes of the integrity check value in RAKP message 4. */
  readonly checkBytes: number;
}

const SHA1 = { hash: "sha1", authentication: 1, checkBytes: 12 } as const;
const SHA256 = { hash: "sha256", authentication: 3, checkBytes: 16 } as const;

/** Suite 0 is not here on purpose: it lets anybody in. */
const SUITES: readonly CipherSuite[] = [
  { id: 1, ...SHA1, integrity: 0, confidentiality: 0, codeBytes: 0 },
  { id: 2, ...SHA1, integrity: 1, confidentiality: 0, codeBytes: 12 },
  { id: 3, ...SHA1, integrity: 1, confidentiality: 1, codeBytes: 12 },
  { id: 15, ...SHA256, integrity: 0, confidentiality: 0, codeBytes: 0 },
  { id: 16, ...SHA256, integrity: 4, confidentiality: 0, codeBytes: 16 },
  { id: 17, ...SHA256, integrity: 4, confidentiality: 1, codeBytes: 16 },
];

export const SUITE_NUMBERS: readonly number[] = SUITES.map((suite) => suite.id);

export function suiteOf(id: number): CipherSuite | null {
  return SUITES.find((suite) => suite.id === id) ?? null;
}

export function hmac(suite: CipherSuite, key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const code = createHmac(suite.hash, key);
  for (const part of parts) code.update(part);
  return code.digest();
}

/** In constant time; false when the lengths differ. */
export function sameCode(ours: Buffer, theirs: Buffer): boolean {
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

export interface SessionKeys {
  readonly suite: CipherSuite;
  /** For authentication codes. */
  readonly k1: Buffer;
  /** For encryption; the first 16 bytes of K2. */
  readonly aesKey: Buffer;
}

const CONSTANT_1 = Buffer.alloc(20, 1);
const CONSTANT_2 = Buffer.alloc(20, 2);

/** `sik`: the session integrity key. */
export function keysFrom(suite: CipherSuite, sik: Buffer): SessionKeys {
  return { suite, k1: hmac(suite, sik, CONSTANT_1), aesKey: hmac(suite, sik, CONSTANT_2).subarray(0, 16) };
}
