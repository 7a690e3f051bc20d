/**
 * One transfer on a socket of its own, connected to the client so that the kernel drops strangers' packets. Nothing but
 * one small packet is sent before the client has answered: a forged source address gets no flood.
 */
import type { Socket } from "node:dgram";
import type { Content } from "../content.ts";
import type { Terms } from "./negotiate.ts";
import { dataPacket, ERROR, errorPacket, optionsPacket, readAnswer } from "./packet.ts";

export interface TransferLimits {
  /** Repetitions before the client has ever answered, and later. */
  readonly firstTries: number;
  readonly tries: number;
  readonly longestWaitMs: number;
}

export const LIMITS: TransferLimits = { firstTries: 3, tries: 6, longestWaitMs: 8000 };

export class Transfer {
  readonly #socket: Socket;
  readonly #content: Content;
  readonly #terms: Terms;
  readonly #limits: TransferLimits;
  readonly #last: number;
  #acked = 0;
  #sent = 0;
  #answered: boolean;
  #tries = 0;
  #resent = false;
  #timer: NodeJS.Timeout | undefined;
  #finish: (complete: boolean) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #over = false;

  constructor(socket: Socket, content: Content, terms: Terms, limits: TransferLimits = LIMITS) {
    this.#socket = socket;
    this.#content = content;
    this.#terms = terms;
    this.#limits = limits;
    this.#last = Math.floor(content.size / terms.blockSize) + 1;
    this.#answered = false;
  }

  /** True when the client has everything; false when it went away or gave up. @throws Error when the file cannot be read */
  run(): Promise<boolean> {
    return new Promise<boolean>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
      this.#socket.on("message", (bytes) => this.#receive(bytes));
      // The client's port is closed (ICMP): it is gone.
      this.#socket.on("error", () => this.#end(false));
      this.#proceed();
    });
  }

  /** Ends the transfer, telling the client. */
  abort(why: string): void {
    if (this.#over) return;
    this.#socket.send(errorPacket(ERROR.undefined, why), () => {});
    this.#end(false);
  }

  #end(complete: boolean): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#finish(complete);
  }

  #receive(bytes: Buffer): void {
    const answer = readAnswer(bytes);
    if (this.#over || answer === null) return;
    if (answer === "error") this.#end(false);
    else if (this.#accept(answer)) this.#proceed();
  }

  /** Whether something is to be sent now. */
  #accept(answer: number): boolean {
    const greeting = !this.#answered && this.#terms.accepted.size > 0;
    // Block numbers wrap at 65536: the distance to the last acknowledged block counts.
    const ahead = (answer - this.#acked) & 0xffff;
    if (greeting) {
      if (answer !== 0) return false;
    } else if (ahead === 0) {
      // The same ACK again: in a window its first block was lost; with one block it is only late (RFC 1123, 4.2.3.1).
      if (this.#terms.window === 1 || this.#resent || this.#sent === this.#acked) return false;
      this.#resent = true;
    } else if (ahead > this.#sent - this.#acked) return false;
    else {
      this.#acked += ahead;
      this.#resent = false;
    }
    this.#answered = true;
    this.#tries = 0;
    if (this.#acked < this.#last) return true;
    this.#end(true);
    return false;
  }

  #proceed(): void {
    clearTimeout(this.#timer);
    this.#sendNext().catch((error: unknown) => {
      if (this.#over) return;
      this.abort("the file cannot be read");
      this.#fail(error);
    });
    const wait = Math.min(
      this.#terms.timeoutMs * 2 ** this.#tries,
      Math.max(this.#limits.longestWaitMs, this.#terms.timeoutMs),
    );
    this.#timer = setTimeout(() => this.#repeat(), wait);
  }

  #repeat(): void {
    this.#tries += 1;
    const most = this.#answered ? this.#limits.tries : this.#limits.firstTries;
    if (this.#tries > most) this.abort("no answer");
    else this.#proceed();
  }

  async #sendNext(): Promise<void> {
    if (!this.#answered && this.#terms.accepted.size > 0) return this.#send(optionsPacket(this.#terms.accepted));
    const { blockSize, window } = this.#terms;
    const from = this.#acked + 1;
    const to = Math.min(this.#last, this.#acked + (this.#answered ? window : 1));
    const bytes = await this.#content.read((from - 1) * blockSize, (to - from + 1) * blockSize);
    // While the disk was read the client may have acknowledged more: then that answer sends on.
    if (this.#over || this.#acked !== from - 1) return;
    this.#sent = to;
    for (let block = from; block <= to; block += 1) {
      const at = (block - from) * blockSize;
      this.#send(dataPacket(block, bytes.subarray(at, at + blockSize)));
    }
  }

  #send(packet: Buffer): void {
    this.#socket.send(packet, (error) => {
      if (error !== null && !this.#over) this.#end(false);
    });
  }
}
