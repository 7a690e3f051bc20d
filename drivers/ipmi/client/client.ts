/**
 * The IPMI v2.0 client: commands to any number of BMCs over one socket. One command at a time to each BMC; sessions are
 * opened, kept and given up by themselves. It knows BMCs and logins, and nothing of nodes.
 */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { BmcQueue } from "../bmc-queue.ts";
import { suiteOf } from "./cipher-suites.ts";
import { Datagrams, peerOf } from "./datagrams.ts";
import { openSession } from "./handshake.ts";
import { IpmiError, refusedCommand } from "./ipmi-error.ts";
import { KeptSessions } from "./kept-sessions.ts";
import { type Limits, within } from "./link.ts";
import type { Answer, Bridge, IpmiRequest } from "./message.ts";
import type { Credentials } from "./rakp.ts";
import type { Session } from "./session.ts";

export interface Bmc extends Credentials {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** Numbers of cipher suites to try, best first. */
  readonly cipherSuites: readonly number[];
  /** For one command with all its repetitions, a new session included. */
  readonly timeoutMs: number;
  /** Until a packet is sent again for the first time; 1 s when absent. */
  readonly retransmitMs?: number;
  /** Null: the BMC itself is meant. */
  readonly bridge: Bridge | null;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** When the caller expects to need this BMC again, which says how long the session is kept; 5 s when absent. */
  readonly nextUseMs?: number;
}

/** Answers the data behind the completion code. @throws IpmiError, the signal's reason */
export type Send = (request: IpmiRequest) => Promise<Buffer>;

const RETRANSMIT_MS = 1000;
const NEXT_USE_MS = 5000;
/** A kept session that the BMC may have forgotten gets this many pauses before a new one is opened. */
const KEPT_PAUSES = 4;
/** Node busy, and timeout while processing (table 5-2): the same command may be taken a moment later. */
const BUSY: readonly number[] = [0xc0, 0xc3];
const [BUSY_PAUSE, FULL_PAUSE] = [500, 2000];
const SUITES_REMEMBERED = 50_000;
/** For what has an end of its own. A new one each: thousands of sessions may close at once. */
const never = (): AbortSignal => new AbortController().signal;

export class IpmiClient {
  readonly #datagrams = new Datagrams();
  readonly #queue = new BmcQueue();
  readonly #kept = new KeptSessions((bmc) => void this.#expire(bmc));
  readonly #suites = new Map<string, number>();
  #closed = false;

  /** Sessions kept for their next use. */
  get keptSessions(): number {
    return this.#kept.size;
  }

  /** Packets that were nobody's answer. */
  get droppedPackets(): number {
    return this.#datagrams.dropped;
  }

  /** A sender of commands to `bmc`, for the functions beside this file. */
  sender(bmc: Bmc, options: SendOptions): Send {
    return (request) => this.send(bmc, request, options);
  }

  /** @throws IpmiError telling what the BMC said or did not say; the signal's reason */
  async send(bmc: Bmc, request: IpmiRequest, options: SendOptions): Promise<Buffer> {
    const key = keyOf(bmc);
    const work = () => this.#inTurn(key, bmc, request, options);
    const answer = await this.#queue.turn(key, options.signal, work).catch((error: unknown) => {
      // A pause that ends early has an error of its own.
      options.signal.throwIfAborted();
      throw error;
    });
    if (answer.code === 0) return answer.data;
    const error = refusedCommand(answer.ofEnvelope ? "Send Message" : request.name, answer.code);
    throw answer.ofEnvelope ? new IpmiError(error.trouble, `${request.name} by ${error.message}`, answer.code) : error;
  }

  /** Ends all sessions; whoever waits is told that it was closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#kept.takeAll().map((session) => session.close(never())));
    this.#datagrams.close();
  }

  async #inTurn(key: string, bmc: Bmc, request: IpmiRequest, options: SendOptions): Promise<Answer> {
    const pauseMs = bmc.retransmitMs ?? RETRANSMIT_MS;
    const limits: Limits = { deadline: performance.now() + bmc.timeoutMs, pauseMs, signal: options.signal };
    const login = loginOf(bmc);
    const kept = await this.#keptFor(key, request.once ? null : login, limits);
    if (kept !== null) {
      const short = within(limits, pauseMs * KEPT_PAUSES);
      const answer = await this.#use(key, login, kept, bmc, request, short, options.nextUseMs);
      if (answer !== null) return answer;
    }
    const session = await this.#open(key, bmc, limits);
    const answer = await this.#use(key, login, session, bmc, request, limits, options.nextUseMs);
    if (answer === null) throw new IpmiError("silent", `${request.name}: no answer within ${bmc.timeoutMs / 1000} s`);
    return answer;
  }

  /** `login` null: none will do, and one that is kept is closed. */
  async #keptFor(key: string, login: string | null, limits: Limits): Promise<Session | null> {
    const kept = this.#kept.take(key);
    if (kept === null) return null;
    if (kept.login === login) return kept.session;
    await kept.session.close(limits.signal);
    return null;
  }

  /** Null: the session gave no answer, and is no more. */
  async #use(
    key: string,
    login: string,
    session: Session,
    bmc: Bmc,
    request: IpmiRequest,
    limits: Limits,
    nextUseMs = NEXT_USE_MS,
  ): Promise<Answer | null> {
    let isLost = false;
    try {
      for (;;) {
        const answer = await session.request(request, bmc.bridge, limits);
        isLost = answer === null;
        const left = limits.deadline - performance.now();
        if (answer === null || !BUSY.includes(answer.code) || left < BUSY_PAUSE) return answer;
        await pause(BUSY_PAUSE, undefined, { signal: limits.signal });
      }
    } finally {
      if (isLost) session.abandon();
      else if (!this.#kept.put(key, login, session, this.#closed ? 0 : nextUseMs)) await session.close(never());
    }
  }

  /** Tries the suites, the one that went well last time first, and waits for a free slot while there is time. */
  async #open(key: string, bmc: Bmc, limits: Limits): Promise<Session> {
    const peer = await peerOf(bmc.host, bmc.port, limits.signal);
    const known = this.#suites.get(key);
    const suites = known === undefined ? bmc.cipherSuites : [known, ...bmc.cipherSuites.filter((id) => id !== known)];
    let refused = new IpmiError("cipher", "no cipher suite was given that this client knows");
    for (const id of suites.filter((suite) => bmc.cipherSuites.includes(suite))) {
      const suite = suiteOf(id);
      if (suite === null) continue;
      try {
        const session = await this.#untilFree(
          key,
          () => openSession(this.#datagrams, peer, suite, bmc, limits),
          limits,
        );
        this.#remember(key, id);
        return session;
      } catch (error) {
        if (!(error instanceof IpmiError) || error.trouble !== "cipher") throw error;
        refused = error;
      }
    }
    throw refused;
  }

  async #untilFree(key: string, open: () => Promise<Session>, limits: Limits): Promise<Session> {
    for (;;) {
      try {
        return await open();
      } catch (error) {
        if (!(error instanceof IpmiError) || error.trouble !== "full") throw error;
        this.#kept.noteCrowded(key);
        if (limits.deadline - performance.now() < FULL_PAUSE) throw error;
        await pause(FULL_PAUSE, undefined, { signal: limits.signal });
      }
    }
  }

  #remember(key: string, suite: number): void {
    if (this.#suites.size >= SUITES_REMEMBERED) this.#suites.clear();
    this.#suites.set(key, suite);
  }

  async #expire(key: string): Promise<void> {
    await this.#queue
      .turn(key, never(), async () => await this.#kept.take(key)?.session.close(never()))
      .catch(() => {});
  }
}

function keyOf({ host, port }: Bmc): string {
  return `${host}:${port}`;
}

/** Two logins that differ in anything have different ones. */
function loginOf({ username, password, kgKey, privilege, cipherSuites }: Bmc): string {
  const all = JSON.stringify([username, password, kgKey?.toString("hex") ?? null, privilege, cipherSuites]);
  return createHash("sha256").update(all).digest("base64");
}
