/** An established session: requests with their sequence numbers, and its end (IPMI 2.0, 6.12 and 22.18, 22.19). */
import type { SessionKeys } from "./cipher-suites.ts";
import { COMMANDS } from "./commands.ts";
import { IpmiError, refusedCommand } from "./ipmi-error.ts";
import { type Limits, type Link, within } from "./link.ts";
import { type Answer, answerIn, type Bridge, type IpmiRequest, requestMessage } from "./message.ts";
import { openPacket, PAYLOAD, sealPacket } from "./packet.ts";
import { SequenceWindow } from "./sequence-window.ts";

const CLOSE_MS = 1000;
const SEQUENCES = 64;
const USER = 2;

export class Session {
  readonly #link: Link;
  readonly #keys: SessionKeys;
  readonly #bmcId: number;
  readonly #window = new SequenceWindow();
  #level = USER;
  #sequence = 0;
  #message = 0;
  #answeredAt = performance.now();

  constructor(link: Link, keys: SessionKeys, bmcId: number) {
    this.#link = link;
    this.#keys = keys;
    this.#bmcId = bmcId;
  }

  get isEncrypted(): boolean {
    return this.#keys.suite.confidentiality !== 0;
  }

  get isAuthenticated(): boolean {
    return this.#keys.suite.integrity !== 0;
  }

  /** Payloads of the serial line, each once, in the order in which they come. */
  hearSol(hear: (payload: Buffer) => void): void {
    this.#link.hearSol((datagram, head) => {
      const opened = openPacket(this.#keys, datagram, head);
      if (opened === null || !this.#window.accept(head.sequence)) return;
      this.#answeredAt = performance.now();
      hear(opened);
    });
  }

  sendSol(payload: Buffer): void {
    this.#link.tell(sealPacket(this.#keys, this.#bmcId, this.#nextSequence(), payload, PAYLOAD.sol));
  }

  /**
   * Asks for the level, once; sessions begin at that of a user (6.8). False when nothing answered in time.
   * @throws IpmiError "privilege"
   */
  async raise(level: number, limits: Limits): Promise<boolean> {
    if (level <= this.#level) return true;
    const request = { ...COMMANDS.setPrivilege, data: Buffer.from([level]) };
    const answer = await this.request(request, null, limits);
    if (answer === null) return false;
    if (answer.code !== 0)
      throw new IpmiError("privilege", refusedCommand(request.name, answer.code).message, answer.code);
    this.#level = level;
    return true;
  }

  /** 2 user, 3 operator, 4 administrator. */
  get level(): number {
    return this.#level;
  }

  /** Milliseconds since the BMC was last heard in it. */
  get idle(): number {
    return performance.now() - this.#answeredAt;
  }

  /**
   * Sends again with a new session sequence number and the same message number, so that a BMC which heard it twice can
   * tell. Null when nothing answered in time. @throws the signal's reason, IpmiError "address"
   */
  async request(request: IpmiRequest, bridge: Bridge | null, limits: Limits): Promise<Answer | null> {
    this.#message = (this.#message + 1) % SEQUENCES;
    const number = this.#message;
    const message = requestMessage(request, number, bridge);
    const answer = await this.#link.ask<Answer>(
      () => sealPacket(this.#keys, this.#bmcId, this.#nextSequence(), message),
      (datagram, head) => {
        if (head.type !== PAYLOAD.ipmi) return null;
        const opened = openPacket(this.#keys, datagram, head);
        if (opened === null || !this.#window.accept(head.sequence)) return null;
        return answerIn(opened, request, number, bridge !== null);
      },
      limits,
    );
    if (answer !== null) this.#answeredAt = performance.now();
    return answer;
  }

  /** Tells the BMC, which then has a free slot; what it answers does not matter. */
  async close(signal: AbortSignal): Promise<void> {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(this.#bmcId);
    const limits = { deadline: Number.POSITIVE_INFINITY, pauseMs: CLOSE_MS / 4, signal };
    try {
      await this.request({ ...COMMANDS.closeSession, data }, null, within(limits, CLOSE_MS));
    } catch {
      // The BMC ends it by itself after 60 s.
    } finally {
      this.abandon();
    }
  }

  /** Without a word to the BMC. */
  abandon(): void {
    this.#link.close();
  }

  /** 32 bits, never 0 (6.12.13). */
  #nextSequence(): number {
    this.#sequence = this.#sequence === 0xffffffff ? 1 : this.#sequence + 1;
    return this.#sequence;
  }
}
