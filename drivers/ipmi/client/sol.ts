/**
 * Serial over LAN: the machine's serial console in a session of its own (IPMI 2.0, chapter 15 and 24.1, 24.2). Characters
 * go in numbered packets, one at a time each way; each is acknowledged with how many characters were taken.
 */
import { COMMANDS } from "./commands.ts";
import { IpmiError, refusedCommand } from "./ipmi-error.ts";
import { type Limits, within } from "./link.ts";
import type { Session } from "./session.ts";

export interface SolListener {
  /** What the machine printed. */
  data(bytes: Buffer): void;
  /** The line is gone: by `close` (null), by the BMC, or because it fell silent. Called once. */
  ended(reason: IpmiError | null): void;
  /** Characters were lost before the BMC could send them, or the machine sent a break. */
  noticed?(what: "overrun" | "break"): void;
}

export interface SolOptions {
  /** Ends the line of whoever has it. */
  readonly takeOver?: boolean;
  /** How often the BMC gets a command that keeps the session; 10 s when absent. */
  readonly keepAliveMs?: number;
}

export interface SolPacket {
  /** 1 to 15; 0: an acknowledgement only. */
  readonly sequence: number;
  /** The packet that is acknowledged; 0: none. */
  readonly acknowledged: number;
  /** Characters of it that were taken. */
  readonly accepted: number;
  /** Operation to the BMC, status from it (table 15-2). */
  readonly flags: number;
  readonly data: Buffer;
}

const HEAD_BYTES = 4;
const NACK = 0x40;
const [UNAVAILABLE, DEACTIVATED, OVERRUN, BREAK_SEEN] = [0x20, 0x10, 0x08, 0x04];
const GENERATE_BREAK = 0x10;
const [SOL_TYPE, INSTANCE] = [0x01, 0x01];
/** Activation (24.1): encryption, authentication, serial alerts succeed while the line is ours. */
const [ENCRYPT, AUTHENTICATE, ALERTS_SUCCEED] = [0x80, 0x40, 0x08];
const ALREADY = 0x80;
const SEQUENCES = 15;
/** Where a BMC does not say how much it takes. */
const USUAL_BYTES = 64;
const MOST_BYTES = 255;
/** The wish to send is given up after this many tries of a packet. */
const TRIES = 8;
const [RETRY_MS, FULL_PAUSE_MS] = [500, 100];
/** A session ends after 60 s without a packet; with some BMCs after 30 s without a command, however busy its line is. */
const KEEP_ALIVE_MS = 10_000;
const COMMAND_MS = 5000;

/** Null: too short. */
export function readSolPacket(payload: Buffer): SolPacket | null {
  if (payload.length < HEAD_BYTES) return null;
  return {
    sequence: payload.readUInt8(0) & 0x0f,
    acknowledged: payload.readUInt8(1) & 0x0f,
    accepted: payload.readUInt8(2),
    flags: payload.readUInt8(3),
    data: payload.subarray(HEAD_BYTES),
  };
}

export function solPacket({ sequence, acknowledged, accepted, flags, data }: SolPacket): Buffer {
  return Buffer.concat([Buffer.from([sequence, acknowledged, accepted, flags]), data]);
}

const NOTHING = Buffer.alloc(0);

interface Outgoing {
  data: Buffer;
  readonly flags: number;
  readonly sent: () => void;
  readonly failed: (reason: Error) => void;
}

export class SolLine {
  readonly #session: Session;
  readonly #listener: SolListener;
  readonly #limits: Limits;
  readonly #most: number;
  readonly #queue: Outgoing[] = [];
  /** The packet that waits to be acknowledged: its number, characters in it, and tries. */
  #open: { sequence: number; count: number; tries: number } | null = null;
  #sequence = 0;
  /** The last packet from the BMC: its number, and how many characters it had at first. */
  #heard = { sequence: 0, count: 0 };
  #retry: NodeJS.Timeout | undefined;
  readonly #keepAlive: NodeJS.Timeout;
  #isOver = false;

  private constructor(session: Session, listener: SolListener, limits: Limits, most: number, keepAliveMs: number) {
    this.#session = session;
    this.#listener = listener;
    this.#limits = limits;
    this.#most = most;
    this.#keepAlive = setInterval(() => void this.#stayAlive(keepAliveMs), keepAliveMs);
    this.#keepAlive.unref();
    session.hearSol((payload) => this.#take(payload));
  }

  /**
   * On a new session, which it ends when it is over.
   * @throws IpmiError; "refused" with code 80h when another session has the line
   */
  static async activate(
    session: Session,
    listener: SolListener,
    limits: Limits,
    { takeOver = false, keepAliveMs = KEEP_ALIVE_MS }: SolOptions,
  ): Promise<SolLine> {
    const on = (answer: { code: number; data: Buffer }) => SolLine.#on(session, listener, limits, keepAliveMs, answer);
    try {
      const answer = await activation(session, limits);
      if (answer.code === ALREADY && takeOver) {
        await deactivation(session, limits);
        return on(await activation(session, limits));
      }
      return on(answer);
    } catch (error) {
      await session.close(limits.signal);
      throw error;
    }
  }

  static #on(
    session: Session,
    listener: SolListener,
    limits: Limits,
    keepAliveMs: number,
    { code, data }: { code: number; data: Buffer },
  ): SolLine {
    if (code !== 0) throw refusedCommand(COMMANDS.activatePayload.name, code);
    // What the BMC takes in one packet, its head of four bytes included (table 24-2).
    const size = data.length >= 6 ? data.readUInt16LE(4) : 0;
    const most = size > HEAD_BYTES ? Math.min(size - HEAD_BYTES, MOST_BYTES) : USUAL_BYTES;
    return new SolLine(session, listener, limits, most, keepAliveMs);
  }

  /** Resolves once the BMC has taken all of it. @throws IpmiError when the line is gone */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length > 0) await this.#enqueue(Buffer.from(bytes), 0);
  }

  /** A serial break, which a kernel takes for its magic key. @throws IpmiError when the line is gone */
  async sendBreak(): Promise<void> {
    await this.#enqueue(NOTHING, GENERATE_BREAK);
  }

  /** Gives the line back. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#end(null);
    await deactivation(this.#session, this.#commandLimits()).catch(() => {});
    await this.#session.close(this.#limits.signal);
  }

  #enqueue(data: Buffer, flags: number): Promise<void> {
    return new Promise((sent, failed) => {
      if (this.#isOver) return failed(new IpmiError("silent", "the serial line is closed"));
      this.#queue.push({ data, flags, sent, failed });
      if (this.#open === null) this.#next();
    });
  }

  /** Sends the next piece of what waits. */
  #next(): void {
    const [first] = this.#queue;
    if (first === undefined || this.#isOver) return;
    this.#sequence = (this.#sequence % SEQUENCES) + 1;
    this.#open = { sequence: this.#sequence, count: Math.min(this.#most, first.data.length), tries: 0 };
    this.#transmit(first);
  }

  #transmit(first: Outgoing): void {
    const open = this.#open;
    if (open === null || this.#isOver) return;
    if (open.tries++ >= TRIES) {
      const silence = new IpmiError("silent", "the BMC does not acknowledge what is written to the serial line");
      this.#end(silence);
      this.#session.abandon();
      return;
    }
    const data = first.data.subarray(0, open.count);
    const { sequence } = open;
    this.#session.sendSol(solPacket({ sequence, acknowledged: 0, accepted: 0, flags: first.flags, data }));
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#transmit(first), RETRY_MS);
  }

  #take(payload: Buffer): void {
    const packet = readSolPacket(payload);
    if (packet === null || this.#isOver) return;
    if (packet.acknowledged !== 0 && packet.acknowledged === this.#open?.sequence) this.#acknowledged(packet);
    if (packet.sequence !== 0) this.#deliver(packet);
    if ((packet.flags & OVERRUN) !== 0) this.#listener.noticed?.("overrun");
    if ((packet.flags & BREAK_SEEN) !== 0) this.#listener.noticed?.("break");
    if ((packet.flags & DEACTIVATED) !== 0) {
      this.#end(new IpmiError("refused", "the BMC has ended the serial line, perhaps for another session"));
      void this.#session.close(this.#limits.signal);
    }
  }

  /** What the BMC did not take is sent again, as a packet of its own. */
  #acknowledged({ accepted, flags }: SolPacket): void {
    const [first, open] = [this.#queue[0], this.#open];
    if (first === undefined || open === null) return;
    clearTimeout(this.#retry);
    this.#open = null;
    const isRefused = (flags & (NACK | UNAVAILABLE)) !== 0;
    first.data = first.data.subarray(isRefused ? Math.min(accepted, open.count) : open.count);
    if (first.data.length === 0 && !(isRefused && first.flags !== 0)) {
      this.#queue.shift();
      first.sent();
    }
    if (isRefused) this.#retry = setTimeout(() => this.#next(), FULL_PAUSE_MS);
    else this.#next();
  }

  /**
   * A packet that comes twice is heard once, and acknowledged with as many characters as the first time: some BMCs add to it
   * what was printed since, and send the rest again in the next one.
   */
  #deliver({ sequence, data }: SolPacket): void {
    const isKnown = sequence === this.#heard.sequence;
    if (!isKnown) this.#heard = { sequence, count: data.length };
    const acknowledgement = {
      sequence: 0,
      acknowledged: sequence,
      accepted: this.#heard.count,
      flags: 0,
      data: NOTHING,
    };
    this.#session.sendSol(solPacket(acknowledgement));
    if (!isKnown && data.length > 0) this.#listener.data(Buffer.from(data));
  }

  async #stayAlive(periodMs: number): Promise<void> {
    const answer = await this.#session.request(COMMANDS.getDeviceId, null, this.#commandLimits()).catch(() => null);
    // A BMC that sends what the machine prints is there.
    if (answer !== null || this.#isOver || this.#session.idle < periodMs) return;
    this.#end(new IpmiError("silent", "the BMC has fallen silent"));
    this.#session.abandon();
  }

  #commandLimits(): Limits {
    return within({ ...this.#limits, deadline: Number.POSITIVE_INFINITY }, COMMAND_MS);
  }

  #end(reason: IpmiError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#retry);
    const gone = reason ?? new IpmiError("silent", "the serial line was closed");
    for (const waiting of this.#queue.splice(0)) waiting.failed(gone);
    this.#listener.ended(reason);
  }
}

async function activation(session: Session, limits: Limits): Promise<{ code: number; data: Buffer }> {
  const { isEncrypted, isAuthenticated } = session;
  const flags = (isEncrypted ? ENCRYPT : 0) | (isAuthenticated ? AUTHENTICATE : 0) | ALERTS_SUCCEED;
  const data = Buffer.from([SOL_TYPE, INSTANCE, flags, 0, 0, 0]);
  const answer = await session.request({ ...COMMANDS.activatePayload, data }, null, limits);
  if (answer === null) throw new IpmiError("silent", `${COMMANDS.activatePayload.name}: no answer`);
  return answer;
}

async function deactivation(session: Session, limits: Limits): Promise<void> {
  const data = Buffer.from([SOL_TYPE, INSTANCE, 0, 0, 0, 0]);
  await session.request({ ...COMMANDS.deactivatePayload, data }, null, limits);
}
