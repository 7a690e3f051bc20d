/** Messages that open a session: Open Session and RAKP 1 to 4 (IPMI 2.0, 13.17 to 13.24). Pure: bytes in, bytes out. */
import { type CipherSuite, hmac, keysFrom, type SessionKeys, sameCode } from "./cipher-suites.ts";

export interface Credentials {
  /** Null: the empty user. */
  readonly username: string | null;
  readonly password: string;
  /** BMC key; null when the BMC has none, and the password stands in for it. */
  readonly kgKey: Buffer | null;
  /** 1 callback, 2 user, 3 operator, 4 administrator. */
  readonly privilege: number;
}

/** What both sides have said so far. */
export interface Handshake {
  readonly suite: CipherSuite;
  readonly credentials: Credentials;
  /** Ours and the BMC's. */
  readonly consoleId: number;
  readonly bmcId: number;
  /** 16 bytes. */
  readonly consoleRandom: Buffer;
}

export interface Opened {
  readonly bmcId: number;
}

export interface Rakp2 {
  readonly bmcRandom: Buffer;
  readonly bmcGuid: Buffer;
  readonly code: Buffer;
}

/** An answer's head. */
export interface ReplyHead {
  readonly tag: number;
  readonly status: number;
  /** Whose session it speaks of; null in a refusal that ends before it (OpenIPMI's ipmi_sim). */
  readonly consoleId: number | null;
}

/** Privilege by name only, not by user and level together (13.20, byte 25, bit 4). */
const NAME_ONLY = 0x10;
const NAME_BYTES = 16;

/** Null: too short. */
export function replyHead(payload: Buffer): ReplyHead | null {
  if (payload.length < 2) return null;
  const [tag, status] = [payload.readUInt8(0), payload.readUInt8(1)];
  if (payload.length < 8) return status === 0 ? null : { tag, status, consoleId: null };
  return { tag, status, consoleId: payload.readUInt32LE(4) };
}

export function openSessionRequest(suite: CipherSuite, tag: number, consoleId: number, privilege: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt8(tag, 0);
  bytes.writeUInt8(privilege, 1);
  bytes.writeUInt32LE(consoleId, 4);
  for (const [at, algorithm] of [suite.authentication, suite.integrity, suite.confidentiality].entries()) {
    bytes.writeUInt8(at, 8 + at * 8);
    bytes.writeUInt8(8, 11 + at * 8);
    bytes.writeUInt8(algorithm, 12 + at * 8);
  }
  return bytes;
}

/** Null: cut short, or the BMC chose other algorithms than it was asked for. */
export function readOpenSession(payload: Buffer, suite: CipherSuite): Opened | null {
  if (payload.length < 36) return null;
  const chosen = [payload[16], payload[24], payload[32]].map((value) => (value ?? 0) & 0x3f);
  const asked = [suite.authentication, suite.integrity, suite.confidentiality];
  if (chosen.some((value, at) => value !== asked[at])) return null;
  const bmcId = payload.readUInt32LE(8);
  return bmcId === 0 ? null : { bmcId };
}

export function rakp1(state: Handshake, tag: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(tag, 0);
  head.writeUInt32LE(state.bmcId, 4);
  const role = roleAndName(state.credentials);
  return Buffer.concat([head, state.consoleRandom, role.subarray(0, 1), Buffer.alloc(2), role.subarray(1)]);
}

export function readRakp2(payload: Buffer, suite: CipherSuite): Rakp2 | null {
  const codeBytes = suite.hash === "sha1" ? 20 : 32;
  if (payload.length < 40 + codeBytes) return null;
  return {
    bmcRandom: Buffer.from(payload.subarray(8, 24)),
    bmcGuid: Buffer.from(payload.subarray(24, 40)),
    code: Buffer.from(payload.subarray(40, 40 + codeBytes)),
  };
}

/** False: the BMC does not know the same password for this user. */
export function provesPassword(state: Handshake, answer: Rakp2): boolean {
  const { suite, consoleRandom, credentials } = state;
  const parts = [ids(state), consoleRandom, answer.bmcRandom, answer.bmcGuid, roleAndName(credentials)];
  return sameCode(hmac(suite, userKey(credentials), ...parts), answer.code);
}

export function rakp3(state: Handshake, answer: Rakp2, tag: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(tag, 0);
  head.writeUInt32LE(state.bmcId, 4);
  const id = Buffer.alloc(4);
  id.writeUInt32LE(state.consoleId);
  const { suite, credentials } = state;
  return Buffer.concat([head, hmac(suite, userKey(credentials), answer.bmcRandom, id, roleAndName(credentials))]);
}

export interface Agreed {
  readonly sik: Buffer;
  readonly keys: SessionKeys;
}

export function agree(state: Handshake, answer: Rakp2): Agreed {
  const { suite, credentials, consoleRandom } = state;
  const key = credentials.kgKey ?? userKey(credentials);
  const sik = hmac(suite, key, consoleRandom, answer.bmcRandom, roleAndName(credentials));
  return { sik, keys: keysFrom(suite, sik) };
}

/** False: the BMC has another Kg key. */
export function provesKey(state: Handshake, answer: Rakp2, sik: Buffer, rakp4: Buffer): boolean {
  const id = Buffer.alloc(4);
  id.writeUInt32LE(state.bmcId);
  const { suite, consoleRandom } = state;
  const code = hmac(suite, sik, consoleRandom, id, answer.bmcGuid).subarray(0, suite.checkBytes);
  return sameCode(code, rakp4.subarray(8, 8 + suite.checkBytes));
}

function ids({ consoleId, bmcId }: Handshake): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(consoleId, 0);
  bytes.writeUInt32LE(bmcId, 4);
  return bytes;
}

function roleAndName({ privilege, username }: Credentials): Buffer {
  const name = Buffer.from(username ?? "").subarray(0, NAME_BYTES);
  return Buffer.concat([Buffer.from([NAME_ONLY | privilege, name.length]), name]);
}

function userKey({ password }: Credentials): Buffer {
  return Buffer.from(password);
}
