/** Sessions of one BMC: the handshake (IPMI 2.0, 13.17 to 13.24), its slots, and what it still knows of each. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { RemoteInfo } from "node:dgram";
import type { Account } from "../accounts.ts";
import type { Machine } from "../machine.ts";
import { hmac, type SessionKeys, SUITES, type SuiteId, sessionKeys } from "./suites.ts";

/** Given up by the BMC after this long without a packet (6.12.15: 60 s, 3 s more or less). */
const IDLE_MS = 60_000;
const NONE = Buffer.alloc(0);
const STATUS = { noSlot: 1, unknownSession: 2, noSuite: 0x11, unknownUser: 0x0d, role: 0x09, badCode: 0x0f };

export interface Session {
  readonly id: number;
  readonly consoleId: number;
  readonly suite: SuiteId;
  readonly bmcRandom: Buffer;
  consoleRandom: Buffer;
  role: Buffer;
  account: Account | null;
  sik: Buffer;
  keys: SessionKeys | null;
  isActive: boolean;
  /** Privilege level now, and the highest asked for. */
  level: number;
  most: number;
  sequence: number;
  usedAt: number;
  /** The newest number that came in, the ones before it as bits, and what was said to it. */
  heard: number;
  window: number;
  answer: Buffer | null;
  peer: RemoteInfo | null;
}

export interface SessionRules {
  readonly suites: readonly SuiteId[];
  readonly slots: number;
  readonly kgKey: Buffer | null;
}

export class Sessions {
  readonly #machine: Machine;
  readonly #all = new Map<number, Session>();
  /** Opened so far. */
  opened = 0;
  rules: SessionRules;

  constructor(machine: Machine, rules: SessionRules) {
    this.#machine = machine;
    this.rules = rules;
  }

  get active(): readonly Session[] {
    const { now } = this.#machine.world;
    return [...this.#all.values()].filter(({ isActive, usedAt }) => isActive && now() - usedAt < IDLE_MS);
  }

  get(id: number): Session | undefined {
    return this.#all.get(id);
  }

  delete(id: number): boolean {
    return this.#all.delete(id);
  }

  /** As after a restart. */
  clear(): void {
    this.#all.clear();
  }

  /** Open Session Request (13.17). */
  open(payload: Buffer): Buffer | null {
    if (payload.length < 32) return null;
    const consoleId = payload.readUInt32LE(4);
    const suite = this.rules.suites.find((number) => SUITES[number].algorithms[0] === payload[12]);
    const refuse = (status: number) => {
      const answer = Buffer.alloc(8);
      answer.set([payload[0] ?? 0, status], 0);
      answer.writeUInt32LE(consoleId, 4);
      return answer;
    };
    const [, integrity, confidentiality] = suite === undefined ? [] : SUITES[suite].algorithms;
    if (suite === undefined || payload[20] !== integrity || payload[28] !== confidentiality)
      return refuse(STATUS.noSuite);
    this.#forgetIdle();
    if (this.#machine.conditions.slotsFull || this.active.length >= this.rules.slots) return refuse(STATUS.noSlot);
    const session = this.#make(consoleId, suite, payload[1] ?? 0);
    const answer = Buffer.allocUnsafe(36);
    answer.set([payload[0] ?? 0, 0, session.most, 0], 0);
    answer.writeUInt32LE(consoleId, 4);
    answer.writeUInt32LE(session.id, 8);
    payload.copy(answer, 12, 8, 32);
    return answer;
  }

  #make(consoleId: number, suite: SuiteId, asked: number): Session {
    let id = 0;
    while (id === 0 || this.#all.has(id)) id = randomBytes(4).readUInt32LE();
    const session: Session = {
      ...{ id, consoleId, suite, bmcRandom: randomBytes(16), consoleRandom: NONE, role: NONE, account: null },
      ...{ sik: NONE, keys: null, isActive: false, level: 2, most: asked & 15 || 4, sequence: 0 },
      ...{ usedAt: this.#machine.world.now(), heard: 0, window: 0, answer: null, peer: null },
    };
    this.#all.set(id, session);
    return session;
  }

  #forgetIdle(): void {
    const now = this.#machine.world.now();
    for (const [id, { usedAt }] of this.#all) if (now - usedAt >= IDLE_MS) this.#all.delete(id);
  }

  /** RAKP 1 (13.20); answered with RAKP 2. */
  rakp1(payload: Buffer): Buffer | null {
    if (payload.length < 28) return null;
    const session = this.#all.get(payload.readUInt32LE(4));
    if (session === undefined) return refusal(payload, STATUS.unknownSession, 0);
    const length = payload[27] ?? 0;
    const name = payload.subarray(28, 28 + length);
    const account = this.#machine.conditions.refusesLogin
      ? undefined
      : this.#machine.accounts.byName(name.toString("latin1"));
    const level = (payload[24] ?? 0) & 15;
    if (account === undefined) return refusal(payload, STATUS.unknownUser, session.consoleId);
    if (level > account.level || account.level === 15) return refusal(payload, STATUS.role, session.consoleId);
    const { suite, bmcRandom } = session;
    session.account = account;
    session.most = level;
    session.consoleRandom = Buffer.from(payload.subarray(8, 24));
    session.role = Buffer.concat([payload.subarray(24, 25), Buffer.from([length]), name]);
    const { consoleRandom, role } = session;
    session.sik = hmac(suite, this.rules.kgKey ?? account.password, consoleRandom, bmcRandom, role);
    const ids = Buffer.allocUnsafe(8);
    ids.writeUInt32LE(session.consoleId, 0);
    ids.writeUInt32LE(session.id, 4);
    const guid = guidOf(this.#machine);
    const code = hmac(suite, account.password, ids, consoleRandom, bmcRandom, guid, role);
    return Buffer.concat([refusal(payload, 0, session.consoleId), bmcRandom, guid, code]);
  }

  /** RAKP 3 (13.22); answered with RAKP 4. */
  rakp3(payload: Buffer): Buffer | null {
    if (payload.length < 8) return null;
    const session = this.#all.get(payload.readUInt32LE(4));
    if (session?.account == null) return refusal(payload, STATUS.unknownSession, 0);
    const { suite, bmcRandom, consoleRandom, role, sik, account } = session;
    const id = Buffer.allocUnsafe(4);
    id.writeUInt32LE(session.consoleId);
    const expected = hmac(suite, account.password, bmcRandom, id, role);
    const given = payload.subarray(8);
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return refusal(payload, STATUS.badCode, session.consoleId);
    if (!session.isActive) {
      if (this.active.length >= this.rules.slots) return refusal(payload, STATUS.noSlot, session.consoleId);
      this.opened++;
      session.isActive = true;
      session.keys = sessionKeys(suite, sik);
    }
    id.writeUInt32LE(session.id);
    const code = hmac(suite, sik, consoleRandom, id, guidOf(this.#machine));
    return Buffer.concat([refusal(payload, 0, session.consoleId), code.subarray(0, SUITES[suite].code)]);
  }
}

/** Head of an RAKP answer, and all of a refusing one. */
function refusal(payload: Buffer, status: number, consoleId: number): Buffer {
  const answer = Buffer.alloc(8);
  answer.set([payload[0] ?? 0, status], 0);
  answer.writeUInt32LE(consoleId, 4);
  return answer;
}

/** As ipmitool and SMBIOS show it: the UUID, with its bytes the other way round (IPMI 2.0, 20.8). */
export function guidOf(machine: Machine): Buffer {
  return Buffer.from(machine.identity.uuid.replaceAll("-", ""), "hex").reverse();
}

const WINDOW = 31;

/** Whether this number is new (IPMI 2.0, 6.12.13): it is remembered then. */
export function isNew(session: Session, sequence: number): boolean {
  const ahead = (sequence - session.heard) | 0;
  if (ahead > 0) {
    session.window = ahead > WINDOW ? 1 : (session.window << ahead) | 1;
    session.heard = sequence;
    return true;
  }
  const bit = -ahead > WINDOW ? 0 : 1 << -ahead;
  if (bit === 0 || (session.window & bit) !== 0) return false;
  session.window |= bit;
  return true;
}
