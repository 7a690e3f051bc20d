/** Serial over LAN (IPMI 2.0, 15): the machine's serial console, with a login that echoes, over one session. */
import type { Machine } from "../machine.ts";
import type { Session } from "./sessions.ts";

const RESEND_MS = 500;
const MOST_TRIES = 8;
const MOST_BYTES = 200;

export class SolConsole {
  readonly session: Session;
  readonly #machine: Machine;
  readonly #send: (payload: Buffer) => void;
  /** What has not gone out yet, and the packet that waits for its acknowledgement. */
  #waiting = "";
  #pending: { readonly packet: Buffer; readonly number: number; readonly length: number } | null = null;
  #number = 0;
  #heard = 0;
  #tries = 0;
  #timer: NodeJS.Timeout | null = null;
  #line = "";
  #isStopped = false;

  constructor(session: Session, machine: Machine, send: (payload: Buffer) => void) {
    this.session = session;
    this.#machine = machine;
    this.#send = send;
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Sequence, acknowledged sequence, accepted count, status, characters (table 15-2). */
  take(payload: Buffer): void {
    if (payload.length < 4) return;
    const [number = 0, acknowledged = 0] = payload;
    this.#acknowledge(acknowledged & 15);
    const typed = payload.subarray(4);
    if ((number & 15) === 0) return;
    const isAgain = number === this.#heard;
    this.#heard = number & 15;
    if (!isAgain) this.#typed(typed.toString("latin1"));
    this.#send(Buffer.from([0, this.#heard, typed.length, 0]));
    this.#flush();
  }

  write(text: string): void {
    this.#waiting += text;
    this.#flush();
  }

  #typed(text: string): void {
    const { name } = this.#machine.identity;
    for (const key of text) {
      if (key !== "\r" && key !== "\n") {
        this.#line += key;
        this.#waiting += key;
        continue;
      }
      this.#waiting += this.#line === "" ? `\r\n${name} login: ` : `\r\n${name}: ${this.#answer(this.#line)}\r\n`;
      this.#line = "";
    }
  }

  #answer(line: string): string {
    const { isOn, source } = this.#machine;
    if (line === "status") return `${isOn ? "on" : "off"}, booted from ${source?.target ?? "nothing"}`;
    return `you said "${line}"`;
  }

  #acknowledge(number: number): void {
    if (this.#pending?.number !== number) return;
    this.#waiting = this.#waiting.slice(this.#pending.length);
    this.#pending = null;
    this.#flush();
  }

  #flush(): void {
    if (this.#isStopped || this.#pending !== null || this.#waiting === "") return;
    this.#number = (this.#number % 15) + 1;
    const text = this.#waiting.slice(0, MOST_BYTES);
    const packet = Buffer.concat([Buffer.from([this.#number, 0, 0, 0]), Buffer.from(text, "latin1")]);
    this.#pending = { packet, number: this.#number, length: text.length };
    this.#tries = 0;
    this.#out();
  }

  #out(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#isStopped || this.#pending === null || this.#tries++ >= MOST_TRIES) return;
    this.#send(this.#pending.packet);
    this.#timer = setTimeout(() => this.#out(), RESEND_MS);
    this.#timer.unref();
  }
}
