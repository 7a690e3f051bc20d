/** RMCP+ packets: session header, encryption and authentication code (IPMI 2.0, 13.6 and 13.28 to 13.29, table 13-8). */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { hmac, type SessionKeys, sameCode } from "./cipher-suites.ts";

/** Table 13-16. */
export const PAYLOAD = {
  ipmi: 0x00,
  sol: 0x01,
  openRequest: 0x10,
  openResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const;

const RMCP = Buffer.from([0x06, 0x00, 0xff, 0x07]);
const [ENCRYPTED, AUTHENTICATED, TYPE_BITS] = [0x80, 0x40, 0x3f];
const RMCP_PLUS = 0x06;
const NEXT_HEADER = 0x07;
const HEADER_BYTES = 16;
/** No answer of a BMC is longer; what is, was not meant for us. */
const MOST_BYTES = 1024;
const [BLOCK, IV_BYTES] = [16, 16];

export interface PacketHeader {
  readonly type: number;
  readonly encrypted: boolean;
  readonly authenticated: boolean;
  /** Of the one it is sent to; 0 before there is a session. */
  readonly sessionId: number;
  readonly sequence: number;
  /** As it came: perhaps encrypted. */
  readonly payload: Buffer;
}

/** Null: no RMCP+ packet, or one that is cut short. */
export function readHeader(datagram: Buffer): PacketHeader | null {
  if (datagram.length < HEADER_BYTES || datagram.length > MOST_BYTES) return null;
  if (datagram[0] !== RMCP[0] || datagram[3] !== RMCP[3] || datagram[4] !== RMCP_PLUS) return null;
  const flags = datagram.readUInt8(5);
  const length = datagram.readUInt16LE(14);
  if (HEADER_BYTES + length > datagram.length) return null;
  return {
    type: flags & TYPE_BITS,
    encrypted: (flags & ENCRYPTED) !== 0,
    authenticated: (flags & AUTHENTICATED) !== 0,
    sessionId: datagram.readUInt32LE(6),
    sequence: datagram.readUInt32LE(10),
    payload: datagram.subarray(HEADER_BYTES, HEADER_BYTES + length),
  };
}

export function plainPacket(type: number, payload: Buffer): Buffer {
  return Buffer.concat([header(type, 0, 0, payload.length), payload]);
}

/** A packet of an established session, as its cipher suite wants it. `sequence`: the session's next number, from 1. */
export function sealPacket(
  keys: SessionKeys,
  sessionId: number,
  sequence: number,
  message: Buffer,
  type: number = PAYLOAD.ipmi,
): Buffer {
  const { suite } = keys;
  const payload = suite.confidentiality === 0 ? message : encrypt(keys.aesKey, message);
  const flags = type | (suite.confidentiality === 0 ? 0 : ENCRYPTED) | (suite.integrity === 0 ? 0 : AUTHENTICATED);
  const body = Buffer.concat([header(flags, sessionId, sequence, payload.length), payload]);
  if (suite.integrity === 0) return body;
  // From the authentication type to the next header it must be a multiple of four bytes.
  const pad = (4 - ((body.length - RMCP.length + 2) % 4)) % 4;
  const trailer = Buffer.alloc(pad + 2, 0xff);
  trailer.writeUInt8(pad, pad);
  trailer.writeUInt8(NEXT_HEADER, pad + 1);
  const code = hmac(suite, keys.k1, body.subarray(RMCP.length), trailer).subarray(0, suite.codeBytes);
  return Buffer.concat([body, trailer, code]);
}

/** The message of a session's packet; null when it is not protected as agreed, or its code is wrong. */
export function openPacket(keys: SessionKeys, datagram: Buffer, head: PacketHeader): Buffer | null {
  const { suite } = keys;
  if (head.authenticated !== (suite.integrity !== 0) || head.encrypted !== (suite.confidentiality !== 0)) return null;
  if (suite.integrity !== 0) {
    const end = datagram.length - suite.codeBytes;
    if (end < HEADER_BYTES + head.payload.length + 2) return null;
    const code = hmac(suite, keys.k1, datagram.subarray(RMCP.length, end)).subarray(0, suite.codeBytes);
    if (!sameCode(code, datagram.subarray(end))) return null;
  }
  return suite.confidentiality === 0 ? head.payload : decrypt(keys.aesKey, head.payload);
}

function header(flags: number, sessionId: number, sequence: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  RMCP.copy(bytes);
  bytes.writeUInt8(RMCP_PLUS, 4);
  bytes.writeUInt8(flags, 5);
  bytes.writeUInt32LE(sessionId, 6);
  bytes.writeUInt32LE(sequence, 10);
  bytes.writeUInt16LE(length, 14);
  return bytes;
}

/** AES-CBC-128 with its own padding: 01 02 03 ... and their number (13.29.2). */
function encrypt(key: Buffer, message: Buffer): Buffer {
  const pad = (BLOCK - ((message.length + 1) % BLOCK)) % BLOCK;
  const plain = Buffer.alloc(message.length + pad + 1);
  message.copy(plain);
  for (let at = 0; at < pad; at++) plain.writeUInt8(at + 1, message.length + at);
  plain.writeUInt8(pad, plain.length - 1);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
}

function decrypt(key: Buffer, payload: Buffer): Buffer | null {
  if (payload.length < IV_BYTES + BLOCK || payload.length % BLOCK !== 0) return null;
  const decipher = createDecipheriv("aes-128-cbc", key, payload.subarray(0, IV_BYTES)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(payload.subarray(IV_BYTES)), decipher.final()]);
  const pad = plain.readUInt8(plain.length - 1);
  return pad >= plain.length ? null : plain.subarray(0, plain.length - 1 - pad);
}
