/**
 * A BMC whose serial line a test holds in its hands, packet by packet, or that does not speak IPMI 2.0 as it should.
 * Written apart from the client and from the simulator.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

export interface ScriptedBmcOptions {
  /** Suites it takes; 3 and 17 when absent. */
  readonly suites?: readonly (3 | 17)[];
  /** Sessions at once; 4 when absent. */
  readonly slots?: number;
  readonly kgKey?: Buffer;
  /** The highest level that its user gets; all when absent. */
  readonly privilege?: number;
  /** It knows IPMI 1.5 only, or does not answer to RMCP+ although it says that it would. */
  readonly without?: "2.0" | "rmcp+";
  /** What answers a packet of the serial line; without it there is no line. */
  readonly sol?: (packet: Buffer) => readonly Buffer[];
  /** What really goes out for a packet: none (lost), many (repeated), others (forged). */
  readonly line?: (packet: Buffer, bmc: ScriptedBmc) => readonly Buffer[];
}

interface BmcSession {
  readonly consoleId: number;
  readonly suite: 3 | 17;
  readonly bmcRandom: Buffer;
  consoleRandom: Buffer;
  role: Buffer;
  sik: Buffer;
  active: boolean;
  sequence: number;
}

/** 300 W now, 200 to 400 W, 270 W in the mean (DCMI 1.5, 6.6.1). */
const POWER_READING = Buffer.from("00dc2c01c80090010e018043603860ea000040", "hex");
const USER = "admin";
const PASSWORD = Buffer.from("secretpass");
const GUID = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const [SOL, OPEN, RAKP1, RAKP3] = [0x01, 0x10, 0x12, 0x14];
const HASH = { 3: "sha1", 17: "sha256" } as const;
const [CHECK, FLAGS] = [
  { 3: 12, 17: 16 },
  { 3: [1, 1, 1], 17: [3, 4, 1] },
] as const;
const id = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** Its user: admin/secretpass, administrator. */
export class ScriptedBmc {
  readonly port: number;
  /** `netFn cmd` of each command that reached it, in hexadecimal digits. */
  readonly heard: string[] = [];
  /** Session sequence numbers as they came. */
  readonly sequences: number[] = [];
  /** Sessions opened so far. */
  opened = 0;
  power = false;
  boot = Buffer.alloc(5);
  slots: number;
  readonly #options: ScriptedBmcOptions;
  readonly #socket: Socket;
  readonly #sessions = new Map<number, BmcSession>();
  /** Who has the serial line. */
  #line: { session: BmcSession; to: RemoteInfo } | null = null;

  private constructor(socket: Socket, options: ScriptedBmcOptions) {
    this.#socket = socket;
    this.#options = options;
    this.port = socket.address().port;
    this.slots = options.slots ?? 4;
    socket.on("message", (packet, from) => this.#take(packet, from));
  }

  static async start(options: ScriptedBmcOptions = {}): Promise<ScriptedBmc> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new ScriptedBmc(socket, options);
  }

  get active(): number {
    return [...this.#sessions.values()].filter((session) => session.active).length;
  }

  /** As after its restart. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  stop(): void {
    this.#socket.close();
  }

  #send(packet: Buffer, to: RemoteInfo): void {
    for (const bytes of this.#options.line?.(packet, this) ?? [packet])
      this.#socket.send(bytes, to.port, to.address, () => {});
  }

  #take(packet: Buffer, from: RemoteInfo): void {
    if (packet.length < 14 || packet[3] !== 7) return;
    if (packet[4] === 0) {
      this.#asVersion15(packet, from);
      return;
    }
    if (this.#options.without !== undefined) return;
    const payload = packet.subarray(16, 16 + packet.readUInt16LE(14));
    const type = packet.readUInt8(5) & 0x3f;
    const reply = (data: Buffer) => this.#send(wrap(type + 1, data), from);
    if (type === OPEN) reply(this.#open(payload));
    else if (type === RAKP1) reply(this.#rakp2(payload));
    else if (type === RAKP3) reply(this.#rakp4(payload));
    else this.#command(packet, from);
  }

  /** Get Channel Authentication Capabilities, which ipmitool asks first: IPMI 2.0 only. */
  #asVersion15(packet: Buffer, from: RemoteInfo): void {
    const message = packet.subarray(14);
    if (message.length < 7) return;
    const data = Buffer.from([0, 1, 0x80, 0x04, this.#options.without === "2.0" ? 0x01 : 0x02, 0, 0, 0, 0]);
    const answer = answerTo(message, data);
    this.#send(Buffer.concat([packet.subarray(0, 4), Buffer.alloc(9), Buffer.from([answer.length]), answer]), from);
  }

  #open(payload: Buffer): Buffer {
    const consoleId = payload.readUInt32LE(4);
    const suites = this.#options.suites ?? [3, 17];
    const suite = suites.find((number) => FLAGS[number][0] === payload[12]);
    const refuse = (status: number) =>
      Buffer.concat([payload.subarray(0, 1), Buffer.from([status, 0, 0]), id(consoleId)]);
    if (suite === undefined) return refuse(0x11);
    if (this.active >= this.slots) return refuse(0x01);
    const own = randomBytes(4).readUInt32LE() || 1;
    const [none, bmcRandom] = [Buffer.alloc(0), randomBytes(16)];
    this.#sessions.set(own, {
      ...{ consoleId, suite, bmcRandom, consoleRandom: none, role: none, sik: none },
      ...{ active: false, sequence: 0 },
    });
    const head = Buffer.concat([payload.subarray(0, 1), Buffer.from([0, 4, 0]), id(consoleId), id(own)]);
    return Buffer.concat([head, payload.subarray(8, 32)]);
  }

  #rakp2(payload: Buffer): Buffer {
    const own = payload.readUInt32LE(4);
    const session = this.#sessions.get(own);
    if (session === undefined) return Buffer.concat([payload.subarray(0, 1), Buffer.from([0x02, 0, 0]), id(0)]);
    const length = payload.readUInt8(27);
    const name = payload.subarray(28, 28 + length);
    const head = (status: number) =>
      Buffer.concat([payload.subarray(0, 1), Buffer.from([status, 0, 0]), id(session.consoleId)]);
    if (name.toString() !== USER) return head(0x0d);
    session.consoleRandom = Buffer.from(payload.subarray(8, 24));
    session.role = Buffer.concat([payload.subarray(24, 25), Buffer.from([length]), name]);
    const { suite, consoleId, consoleRandom, bmcRandom, role } = session;
    const key = this.#options.kgKey ?? PASSWORD;
    session.sik = hash(suite, key, consoleRandom, bmcRandom, role);
    const code = hash(suite, PASSWORD, id(consoleId), id(own), consoleRandom, bmcRandom, GUID, role);
    return Buffer.concat([head(0), bmcRandom, GUID, code]);
  }

  #rakp4(payload: Buffer): Buffer {
    const own = payload.readUInt32LE(4);
    const session = this.#sessions.get(own);
    if (session === undefined) return Buffer.concat([payload.subarray(0, 1), Buffer.from([0x02, 0, 0]), id(0)]);
    const { suite, consoleId, consoleRandom, bmcRandom, role, sik } = session;
    const expected = hash(suite, PASSWORD, bmcRandom, id(consoleId), role);
    const isProven = expected.equals(payload.subarray(8));
    const head = Buffer.concat([payload.subarray(0, 1), Buffer.from([isProven ? 0 : 0x0f, 0, 0]), id(consoleId)]);
    if (!isProven) return head;
    if (!session.active) this.opened++;
    session.active = true;
    return Buffer.concat([head, hash(suite, sik, consoleRandom, id(own), GUID).subarray(0, CHECK[suite])]);
  }

  #command(packet: Buffer, from: RemoteInfo): void {
    const own = packet.readUInt32LE(6);
    const session = this.#sessions.get(own);
    const message = session?.active ? open(session, packet) : null;
    if (session === undefined || message === null) return;
    if ((packet.readUInt8(5) & 0x3f) === SOL) {
      if (this.#line?.session === session) for (const answer of this.#options.sol?.(message) ?? []) this.print(answer);
      return;
    }
    this.sequences.push(packet.readUInt32LE(10));
    const [netFn, cmd] = [message.readUInt8(1) >> 2, message.readUInt8(5)];
    this.heard.push(`${netFn.toString(16)} ${cmd.toString(16)}`);
    const given = message.subarray(6, -1);
    const data = this.#payloads(netFn, cmd, session, from) ?? this.#carryOut(netFn, cmd, given);
    this.#send(seal(session, answerTo(message, data)), from);
    if (netFn === 6 && cmd === 0x3c) this.#sessions.delete(own);
  }

  /** Sends a packet of the serial line. */
  print(packet: Buffer): void {
    if (this.#line !== null) this.#send(seal(this.#line.session, packet, SOL), this.#line.to);
  }

  /** Activate and Deactivate Payload; null for other commands. */
  #payloads(netFn: number, cmd: number, session: BmcSession, to: RemoteInfo): Buffer | null {
    if (netFn !== 6 || this.#options.sol === undefined || (cmd !== 0x48 && cmd !== 0x49)) return null;
    if (cmd === 0x49) {
      if (this.#line === null) return Buffer.from([0x80]);
      if (this.#line.session !== session) this.print(Buffer.from([0, 0, 0, 0x10]));
      this.#line = null;
      return Buffer.from([0]);
    }
    if (this.#line !== null) return Buffer.from([0x80]);
    this.#line = { session, to };
    return Buffer.from([0, 0, 0, 0, 0, 12, 0, 64, 0, 0x6f, 0x02, 0xff, 0xff]);
  }

  /** Completion code and data. */
  #carryOut(netFn: number, cmd: number, data: Buffer): Buffer {
    const key = netFn * 256 + cmd;
    if (key === 0x063b && (data[0] ?? 0) > (this.#options.privilege ?? 4)) return Buffer.from([0x81]);
    if (key === 0x063b) return Buffer.from([0, data[0] ?? 4]);
    if (key === 0x063c) return Buffer.from([0]);
    if (key === 0x0601) return Buffer.from([0, 0x20, 1, 2, 0x15, 2, 0xbf, 0x57, 1, 0, 9, 0]);
    if (key === 0x0001) return Buffer.from([0, this.power ? 1 : 0, 0, 0]);
    if (key === 0x0002) {
      this.power = data[0] === 1 || (this.power && data[0] === 4);
      return Buffer.from([0]);
    }
    if (key === 0x0008) {
      if (data[0] === 5) this.boot = Buffer.from(data.subarray(1, 6));
      return Buffer.from([0]);
    }
    if (key === 0x0009)
      return Buffer.concat([Buffer.from([0, 1, data[0] ?? 0]), data[0] === 5 ? this.boot : Buffer.alloc(1)]);
    if (key === 0x2c02 && data[0] === 0xdc) return POWER_READING;
    return Buffer.from([0xc1]);
  }
}

function wrap(type: number, payload: Buffer, session = 0, sequence = 0): Buffer {
  const head = Buffer.alloc(12);
  head.set([6, type], 0);
  head.writeUInt32LE(session, 2);
  head.writeUInt32LE(sequence, 6);
  head.writeUInt16LE(payload.length, 10);
  return Buffer.concat([Buffer.from([6, 0, 0xff, 7]), head, payload]);
}

function hash(suite: 3 | 17, key: Buffer, ...parts: readonly Buffer[]): Buffer {
  return createHmac(HASH[suite], key).update(Buffer.concat(parts)).digest();
}

const k = (session: BmcSession, number: number) => hash(session.suite, session.sik, Buffer.alloc(20, number));

function open(session: BmcSession, packet: Buffer): Buffer | null {
  const end = packet.length - CHECK[session.suite];
  const code = hash(session.suite, k(session, 1), packet.subarray(4, end)).subarray(0, CHECK[session.suite]);
  if (!code.equals(packet.subarray(end))) return null;
  const body = packet.subarray(16, 16 + packet.readUInt16LE(14));
  const cipher = createDecipheriv("aes-128-cbc", k(session, 2).subarray(0, 16), body.subarray(0, 16));
  const plain = Buffer.concat([cipher.setAutoPadding(false).update(body.subarray(16)), cipher.final()]);
  return plain.subarray(0, plain.length - 1 - plain.readUInt8(plain.length - 1));
}

function seal(session: BmcSession, message: Buffer, type = 0): Buffer {
  const pad = 15 - (message.length % 16);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-cbc", k(session, 2).subarray(0, 16), iv).setAutoPadding(false);
  const plain = Buffer.concat([
    message,
    Buffer.from(Array.from({ length: pad }, (_, at) => at + 1)),
    Buffer.from([pad]),
  ]);
  const body = Buffer.concat([iv, cipher.update(plain), cipher.final()]);
  const packet = wrap(0xc0 | type, body, session.consoleId, ++session.sequence);
  const fill = (6 - (packet.length % 4)) % 4;
  const tail = Buffer.from([...Array.from({ length: fill }, () => 0xff), fill, 7]);
  const code = hash(session.suite, k(session, 1), packet.subarray(4), tail).subarray(0, CHECK[session.suite]);
  return Buffer.concat([packet, tail, code]);
}

function answerTo(message: Buffer, data: Buffer): Buffer {
  const sum = (...bytes: readonly number[]) => -bytes.reduce((total, byte) => total + byte, 0) & 0xff;
  const netFn = (message.readUInt8(1) & 0xfc) + 4;
  const back = [message.readUInt8(0), message.readUInt8(4), message.readUInt8(5), ...data];
  const to = message.readUInt8(3);
  return Buffer.from([to, netFn, sum(to, netFn), ...back, sum(...back)]);
}
