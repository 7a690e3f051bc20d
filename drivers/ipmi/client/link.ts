/** The way to one BMC for one session: a question at a time, sent again until it is answered or time is up. */
import type { Peer } from "../../udp-peer.ts";
import type { Datagrams } from "./datagrams.ts";
import { IpmiError } from "./ipmi-error.ts";
import { PAYLOAD, type PacketHeader } from "./packet.ts";

export interface Limits {
  /** When to give up, by performance.now(). */
  readonly deadline: number;
  /** Milliseconds until a question is sent again for the first time; each pause is half as long again. */
  readonly pauseMs: number;
  readonly signal: AbortSignal;
  /** Told how long an answer took, or that a packet was sent again after so many milliseconds. */
  readonly roundTrip?: { answered(ms: number): void; repeated(pauseMs: number): void };
}

/** What a packet means to a question: its answer, a failure, or null when it is not the answer. */
export type Listen<T> = (datagram: Buffer, head: PacketHeader) => T | IpmiError | null;

const LONGEST_PAUSE = 5000;
const GROWTH = 1.5;

/** The same limits, but no later than `ms` from now. */
export function within(limits: Limits, ms: number): Limits {
  return { ...limits, deadline: Math.min(limits.deadline, performance.now() + ms) };
}

export class Link {
  readonly consoleId: number;
  readonly #datagrams: Datagrams;
  readonly #peer: Peer;
  #hear: ((datagram: Buffer, head: PacketHeader) => void) | null = null;
  #fail: ((reason: Error) => void) | null = null;
  #hearSol: ((datagram: Buffer, head: PacketHeader) => void) | null = null;

  constructor(datagrams: Datagrams, peer: Peer) {
    this.#datagrams = datagrams;
    this.#peer = peer;
    this.consoleId = datagrams.listen(
      peer,
      (datagram, head) => (head.type === PAYLOAD.sol ? this.#hearSol : this.#hear)?.(datagram, head),
      (reason) => this.#fail?.(reason),
    );
  }

  /** Packets of the serial line, which come unasked. */
  hearSol(hear: (datagram: Buffer, head: PacketHeader) => void): void {
    this.#hearSol = hear;
  }

  /** Once, without an answer to wait for: what is lost is lost. */
  tell(packet: Buffer): void {
    this.#datagrams.send(this.#peer, packet, () => {});
  }

  /**
   * `packet` is called for every sending: each has a sequence number of its own. Null when nothing answered in time.
   * @throws what `listen` answers as IpmiError, IpmiError "address", the signal's reason
   */
  ask<T>(packet: () => Buffer, listen: Listen<T>, limits: Limits): Promise<T | null> {
    const { signal, deadline, roundTrip } = limits;
    const began = performance.now();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      let timer: NodeJS.Timeout | undefined;
      let pause = limits.pauseMs;
      let sent = 0;
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        // A question that was asked meanwhile, the goodbye of a serial line, has taken their place.
        if (this.#hear === hear) this.#hear = null;
        if (this.#fail === failed) this.#fail = null;
      };
      const abort = () => {
        over();
        reject(signal.reason);
      };
      const failed = (error: Error) => {
        over();
        reject(new IpmiError("address", `packets to ${this.#peer.address} cannot be sent (${error.message})`));
      };
      const send = () => {
        const left = deadline - performance.now();
        if (left <= 0) {
          over();
          roundTrip?.repeated(pause);
          return resolve(null);
        }
        sent++;
        // Before it is sent, which may fail at once.
        timer = setTimeout(send, Math.min(pause, left));
        pause = Math.min(LONGEST_PAUSE, pause * GROWTH);
        this.#datagrams.send(this.#peer, packet(), failed);
      };
      const hear = (datagram: Buffer, head: PacketHeader) => {
        const heard = listen(datagram, head);
        if (heard === null) return;
        over();
        if (sent === 1) roundTrip?.answered(performance.now() - began);
        else roundTrip?.repeated(pause);
        if (heard instanceof IpmiError) reject(heard);
        else resolve(heard);
      };
      this.#hear = hear;
      this.#fail = failed;
      signal.addEventListener("abort", abort, { once: true });
      send();
    });
  }

  close(): void {
    this.#datagrams.forget(this.consoleId);
  }
}
