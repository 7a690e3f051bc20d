/**
 * The IPMI v2.0 client: commands to any number of BMCs over one socket. One command at a time to each BMC; sessions are
 * opened, kept and given up by themselves. It knows BMCs and logins, and nothing of nodes.
 */
import { setTimeout as pause } from "node:timers/promises";
import { BmcQueue } from "../../bmc-queue.ts";
import type { Peer } from "../../udp-peer.ts";
import { authCapabilities, refusedVersion } from "./auth-capabilities.ts";
import { suiteOf } from "./cipher-suites.ts";
import { Datagrams, peerOf } from "./datagrams.ts";
import { openSession } from "./handshake.ts";
import { IpmiError, refusedCommand } from "./ipmi-error.ts";
import { KeptSessions, type Login, sameLogin } from "./kept-sessions.ts";
import { type Limits, within } from "./link.ts";
import type { Answer, Bridge, IpmiRequest } from "./message.ts";
import { RoundTrips } from "./round-trips.ts";
import type { Session } from "./session.ts";
import { SolLine, type SolListener, type SolOptions } from "./sol.ts";

export interface Bmc extends Login {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** For one command with all its repetitions, a new session included. */
  readonly timeoutMs: number;
  /** Milliseconds until a packet is sent again for the first time; by what the BMC usually takes when absent. */
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

const NEXT_USE_MS = 5000;
/** A kept session that the BMC may have forgotten gets this many pauses before a new one is opened. */
const KEPT_PAUSES = 4;
/** Node busy, and timeout while processing (table 5-2): the same command may be taken a moment later. */
const BUSY: readonly number[] = [0xc0, 0xc3];
const PRIVILEGE = 0xd4;
const [BUSY_PAUSE, FULL_PAUSE] = [500, 2000];
const SUITES_REMEMBERED = 50_000;
/** Of the time for a BMC that never answered: to ask it which versions it speaks. */
const [VERSION_SHARE, VERSION_MS] = [0.2, 2000];
/** For what has an end of its own. A new one each: thousands of sessions may close at once. */
const never = (): AbortSignal => new AbortController().signal;

export class IpmiClient {
  readonly #datagrams = new Datagrams();
  readonly #queue = new BmcQueue();
  readonly #kept = new KeptSessions((bmc) => void this.#expire(bmc));
  readonly #suites = new Map<string, number>();
  readonly #roundTrips = new RoundTrips();
  readonly #lines = new Set<SolLine>();
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

  /** Says when the BMC is needed again, after several commands in a row: its session is kept until then, or closed. */
  async rest(bmc: Bmc, nextUseMs: number): Promise<void> {
    const key = keyOf(bmc);
    const settle = async () => {
      const kept = this.#kept.take(key);
      if (kept !== null && !this.#kept.put(key, kept.login, kept.session, nextUseMs)) await kept.session.close(never());
    };
    await this.#queue.turn(key, never(), settle).catch(() => {});
  }

  /**
   * The machine's serial line, in a session of its own until it is closed.
   * @throws IpmiError, the signal's reason: both of opening only
   */
  async openLine(bmc: Bmc, listener: SolListener, options: SendOptions & SolOptions): Promise<SolLine> {
    const key = keyOf(bmc);
    const limits = this.#limits(key, bmc, options.signal);
    const session = await this.#queue.turn(key, options.signal, () => this.#open(key, bmc, limits));
    let line: SolLine | null = null;
    const ended = (reason: IpmiError | null) => {
      if (line !== null) this.#lines.delete(line);
      listener.ended(reason);
    };
    const told = { ...limits, signal: never() };
    await this.#raised(session, bmc.privilege, told);
    const heard = {
      ended,
      data: (bytes: Buffer) => listener.data(bytes),
      noticed: (what: "overrun" | "break") => listener.noticed?.(what),
    };
    line = await SolLine.activate(session, heard, told, options);
    this.#lines.add(line);
    return line;
  }

  /** Else the session is closed: it would hold one of the BMC's few. @throws IpmiError */
  async #raised(session: Session, privilege: number, limits: Limits): Promise<void> {
    try {
      if (!(await session.raise(privilege, limits))) throw new IpmiError("silent", "no answer in the new session");
    } catch (error) {
      await session.close(limits.signal);
      throw error;
    }
  }

  /** Ends all sessions; whoever waits is told that it was closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const lines = [...this.#lines].map((line) => line.close());
    await Promise.all([...lines, ...this.#kept.takeAll().map((session) => session.close(never()))]);
    this.#datagrams.close();
  }

  async #inTurn(key: string, bmc: Bmc, request: IpmiRequest, options: SendOptions): Promise<Answer> {
    const limits = this.#limits(key, bmc, options.signal);
    const kept = await this.#keptFor(key, request.once ? null : bmc, limits);
    if (kept !== null) {
      const short = within(limits, limits.pauseMs * KEPT_PAUSES);
      const answer = await this.#use(key, kept, bmc, request, short, options.nextUseMs);
      if (answer !== null) return answer;
    }
    const session = await this.#open(key, bmc, limits);
    const answer = await this.#use(key, session, bmc, request, limits, options.nextUseMs);
    if (answer === null) throw new IpmiError("silent", `${request.name}: no answer within ${bmc.timeoutMs / 1000} s`);
    return answer;
  }

  #limits(key: string, bmc: Bmc, signal: AbortSignal): Limits {
    const roundTrip = {
      answered: (ms: number) => this.#roundTrips.answered(key, ms),
      repeated: (pauseMs: number) => this.#roundTrips.repeated(key, pauseMs),
    };
    const pauseMs = bmc.retransmitMs ?? this.#roundTrips.pause(key);
    return { deadline: performance.now() + bmc.timeoutMs, pauseMs, signal, roundTrip };
  }

  /** `login` null: none will do, and one that is kept is closed. */
  async #keptFor(key: string, login: Login | null, limits: Limits): Promise<Session | null> {
    const kept = this.#kept.take(key);
    if (kept === null) return null;
    if (login !== null && sameLogin(kept.login, login)) return kept.session;
    await kept.session.close(limits.signal);
    return null;
  }

  /** Null: the session gave no answer, and is no more. */
  async #use(
    key: string,
    session: Session,
    bmc: Bmc,
    request: IpmiRequest,
    limits: Limits,
    nextUseMs = NEXT_USE_MS,
  ): Promise<Answer | null> {
    let isLost = false;
    try {
      for (let level = request.forUsers ? 0 : bmc.privilege; ; ) {
        const answer = (await session.raise(level, limits)) ? await session.request(request, bmc.bridge, limits) : null;
        isLost = answer === null;
        if (answer?.code === PRIVILEGE && session.level < bmc.privilege && level === 0) {
          level = bmc.privilege;
          continue;
        }
        const left = limits.deadline - performance.now();
        if (answer === null || !BUSY.includes(answer.code) || left < BUSY_PAUSE) return answer;
        await pause(BUSY_PAUSE, undefined, { signal: limits.signal });
      }
    } finally {
      if (isLost) session.abandon();
      else if (!this.#kept.put(key, bmc, session, this.#closed ? 0 : nextUseMs)) await session.close(never());
    }
  }

  /** Tries the suites, the one that went well last time first, and waits for a free slot while there is time. */
  async #open(key: string, bmc: Bmc, limits: Limits): Promise<Session> {
    const peer = await peerOf(bmc.host, bmc.port, limits.signal);
    const known = this.#suites.get(key);
    const suites = known === undefined ? bmc.cipherSuites : [known, ...bmc.cipherSuites.filter((id) => id !== known)];
    const spare = known === undefined ? Math.min(VERSION_MS, bmc.timeoutMs * VERSION_SHARE) : 0;
    const opening = { ...limits, deadline: limits.deadline - spare };
    let refused = new IpmiError("cipher", "no cipher suite was given that this client knows");
    for (const id of suites.filter((suite) => bmc.cipherSuites.includes(suite))) {
      const suite = suiteOf(id);
      if (suite === null) continue;
      try {
        const session = await this.#untilFree(
          key,
          () => openSession(this.#datagrams, peer, suite, bmc, opening),
          opening,
        );
        this.#remember(key, id);
        return session;
      } catch (error) {
        if (!(error instanceof IpmiError)) throw error;
        if (error.trouble === "silent" && known === undefined) throw await this.#explained(peer, bmc, error, limits);
        if (error.trouble !== "cipher") throw error;
        refused = error;
      }
    }
    throw refused;
  }

  /** Whether it is there at all, and what it speaks. */
  async #explained(peer: Peer, bmc: Bmc, silence: IpmiError, limits: Limits): Promise<IpmiError> {
    const capabilities = await authCapabilities(this.#datagrams, peer, bmc.privilege, limits);
    return capabilities === null ? silence : refusedVersion(capabilities);
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
