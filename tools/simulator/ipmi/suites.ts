/** Cipher suites 3 and 17 (IPMI 2.0, 22.15 and 13.28): keys of a session, and packets sealed and opened with them. */
import { createCipheriv, createDecipheriv, createHmac, randomFillSync } from "node:crypto";

export type SuiteId = 3 | 17;

interface Suite {
  readonly hash: "sha1" | "sha256";
  /** Numbers of its algorithms: authentication, integrity, confidentiality. */
  readonly algorithms: readonly [number, number, number];
  /** Bytes of a packet's authentication code, and of the one in RAKP 4. */
  readonly code: number;
}

export const SUITES: Readonly<Record<SuiteId, Suite>> = {
  3: { hash: "sha1", algorithms: [1, 1, 1], code: 12 },
  17: { hash: "sha256", algorithms: [3, 4, 1], code: 16 },
};

/** Records of Get Channel Cipher Suites (22.15.1). */
export function cipherSuiteRecords(suites: readonly SuiteId[]): Buffer {
  return Buffer.from(
    suites.flatMap((id) => {
      const [authentication, integrity, confidentiality] = SUITES[id].algorithms;
      return [0xc0, id, authentication, 0x40 | integrity, 0x80 | confidentiality];
    }),
  );
}

export interface SessionKeys {
  readonly suite: SuiteId;
  /** K1 signs, K2 encrypts (13.32). */
  readonly k1: Buffer;
  readonly k2: Buffer;
}

export function hmac(suite: SuiteId, key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const running = createHmac(SUITES[suite].hash, key);
  for (const part of parts) running.update(part);
  return running.digest();
}

const [ONES, TWOS] = [Buffer.alloc(20, 1), Buffer.alloc(20, 2)];

export function sessionKeys(suite: SuiteId, sik: Buffer): SessionKeys {
  return { suite, k1: hmac(suite, sik, ONES), k2: hmac(suite, sik, TWOS).subarray(0, 16) };
}

const HEAD = 16;

/** Payload of a packet of the session; null: forged, damaged, or not sealed. */
export function openPacket({ suite, k1, k2 }: SessionKeys, packet: Buffer): Buffer | null {
  const { code } = SUITES[suite];
  const end = packet.length - code;
  const length = packet.readUInt16LE(14);
  if (end < HEAD + length || length < 32 || length % 16 !== 0 || ((packet[5] ?? 0) & 0xc0) !== 0xc0) return null;
  const expected = hmac(suite, k1, packet.subarray(4, end));
  if (expected.compare(packet, end, packet.length, 0, code) !== 0) return null;
  const body = packet.subarray(HEAD, HEAD + length);
  const cipher = createDecipheriv("aes-128-cbc", k2, body.subarray(0, 16)).setAutoPadding(false);
  const plain = cipher.update(body.subarray(16));
  const pad = plain[plain.length - 1] ?? 0;
  return pad >= plain.length || pad > 15 ? null : plain.subarray(0, plain.length - 1 - pad);
}

const POOL = Buffer.alloc(4096);
let used = POOL.length;

function initialVector(): Buffer {
  if (used + 16 > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += 16;
  return POOL.subarray(used - 16, used);
}

/** A packet of payload type `type` (0 IPMI, 1 SOL) to session `id`. */
export function sealPacket(keys: SessionKeys, id: number, sequence: number, type: number, payload: Buffer): Buffer {
  const { suite, k1, k2 } = keys;
  const pad = 15 - (payload.length % 16);
  const length = 16 + payload.length + pad + 1;
  const fill = (6 - ((HEAD + length) % 4)) % 4;
  const { code } = SUITES[suite];
  const signed = HEAD + length + fill + 2;
  const packet = Buffer.allocUnsafe(signed + code);
  packet.set([6, 0, 0xff, 7, 6, 0xc0 | type], 0);
  packet.writeUInt32LE(id, 6);
  packet.writeUInt32LE(sequence, 10);
  packet.writeUInt16LE(length, 14);
  const iv = initialVector();
  const plain = Buffer.allocUnsafe(payload.length + pad + 1);
  payload.copy(plain);
  for (let at = 0; at < pad; at++) plain[payload.length + at] = at + 1;
  plain[plain.length - 1] = pad;
  packet.set(iv, HEAD);
  packet.set(createCipheriv("aes-128-cbc", k2, iv).setAutoPadding(false).update(plain), HEAD + 16);
  packet.fill(0xff, HEAD + length, HEAD + length + fill);
  packet[signed - 2] = fill;
  packet[signed - 1] = 7;
  packet.set(hmac(suite, k1, packet.subarray(4, signed)).subarray(0, code), signed);
  return packet;
}
