/** Opening a session: Open Session, RAKP 1 to 4 (IPMI 2.0, 13.14 to 13.24). */
import { randomBytes } from "node:crypto";
import type { Peer } from "../../udp-peer.ts";
import type { CipherSuite, SessionKeys } from "./cipher-suites.ts";
import type { Datagrams } from "./datagrams.ts";
import { IpmiError, malformed, refusedSession } from "./ipmi-error.ts";
import { type Limits, Link, within } from "./link.ts";
import { PAYLOAD, plainPacket } from "./packet.ts";
import * as rakp from "./rakp.ts";
import { Session } from "./session.ts";

/** Handshakes that a BMC may lose track of before it is called malformed. */
const MOST_RESTARTS = 4;
/** Invalid or inactive session ID (table 13-15): it heard a question twice and had moved on. */
const LOST_TRACK: readonly number[] = [0x02, 0x08];
/** Answers of the second half come at once or not at all: then it begins anew instead of waiting. */
const STAGE_PAUSES = 4;

/** @throws IpmiError, the signal's reason */
export async function openSession(
  datagrams: Datagrams,
  peer: Peer,
  suite: CipherSuite,
  credentials: rakp.Credentials,
  limits: Limits,
): Promise<Session> {
  for (let restarts = 0; ; restarts++) {
    // A BMC that has become slow needs more than the pause that fitted before.
    const patient = { ...limits, pauseMs: limits.pauseMs * 2 ** restarts };
    const opening = new Opening(new Link(datagrams, peer), suite, credentials, patient);
    const session = await opening.run();
    if (session !== null) return session;
    if (performance.now() >= limits.deadline) throw new IpmiError("silent", "the BMC stopped answering");
    if (restarts >= MOST_RESTARTS)
      throw malformed("Open Session", "the BMC loses track of the session again and again");
  }
}

class Opening {
  readonly #link: Link;
  readonly #suite: CipherSuite;
  readonly #credentials: rakp.Credentials;
  readonly #limits: Limits;
  #tag = 0;

  constructor(link: Link, suite: CipherSuite, credentials: rakp.Credentials, limits: Limits) {
    this.#link = link;
    this.#suite = suite;
    this.#credentials = credentials;
    this.#limits = limits;
  }

  /** Null: the BMC lost track of it, or fell silent midway. */
  async run(): Promise<Session | null> {
    let session: Session | null = null;
    try {
      const keys = await this.#agree();
      if (keys !== null) session = new Session(this.#link, keys.keys, keys.bmcId);
      return session;
    } finally {
      if (session === null) this.#link.close();
    }
  }

  async #agree(): Promise<{ keys: SessionKeys; bmcId: number } | null> {
    const { consoleId } = this.#link;
    const [suite, credentials] = [this.#suite, this.#credentials];
    const request = (tag: number) => rakp.openSessionRequest(suite, tag, consoleId, credentials.privilege);
    const reply = await this.#stage("Open Session", PAYLOAD.openRequest, request, this.#limits);
    if (reply === null) return null;
    const opened = rakp.readOpenSession(reply, suite);
    if (opened === null) throw new IpmiError("cipher", "Open Session: the BMC chose other algorithms than asked for");
    const state = { suite, credentials, consoleId, bmcId: opened.bmcId, consoleRandom: randomBytes(16) };

    const second = await this.#stage("RAKP 2", PAYLOAD.rakp1, (tag) => rakp.rakp1(state, tag), this.#lateLimits());
    if (second === null) return null;
    const answer = rakp.readRakp2(second, suite);
    if (answer === null) throw malformed("RAKP 2", "the answer is cut short");
    if (!rakp.provesPassword(state, answer)) throw new IpmiError("credentials", "RAKP 2: the BMC has another password");

    const { sik, keys } = rakp.agree(state, answer);
    const proof = (tag: number) => rakp.rakp3(state, answer, tag);
    const fourth = await this.#stage("RAKP 4", PAYLOAD.rakp3, proof, this.#lateLimits());
    if (fourth === null) return null;
    if (!rakp.provesKey(state, answer, sik, fourth))
      throw new IpmiError("credentials", "RAKP 4: the BMC has another Kg key");
    return { keys, bmcId: opened.bmcId };
  }

  #lateLimits(): Limits {
    return within(this.#limits, this.#limits.pauseMs * STAGE_PAUSES);
  }

  /** Null: nothing came in time, or the BMC has lost track. */
  async #stage(name: string, type: number, build: (tag: number) => Buffer, limits: Limits): Promise<Buffer | null> {
    const tag = ++this.#tag;
    const packet = plainPacket(type, build(tag));
    const reply = await this.#link.ask<Buffer | "lost">(
      () => packet,
      (_datagram, head) => {
        if (head.type !== type + 1) return null;
        const reply = rakp.replyHead(head.payload);
        if (reply === null || reply.tag !== tag) return null;
        if (LOST_TRACK.includes(reply.status)) return "lost";
        return reply.status === 0 ? Buffer.from(head.payload) : refusedSession(name, reply.status);
      },
      limits,
    );
    return reply === "lost" ? null : reply;
  }
}
