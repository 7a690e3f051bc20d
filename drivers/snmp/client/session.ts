/**
 * SNMP v1, v2c and v3 over net-snmp: one agent, a few requests, then closed. Values come as numbers, texts or bytes, and
 * whatever the agent sends, an answer is bounded. It knows agents and credentials, and nothing of nodes.
 */
import { lookup } from "node:dns/promises";
import snmp, { type Session, type SessionOptions, type User, type Varbind } from "net-snmp";
import { raceAbort } from "../../../common/race-abort.ts";
import { canonical, type Peer } from "../../udp-peer.ts";
import { AgentSockets } from "./agent-socket.ts";
import { SnmpError, statusWords } from "./snmp-error.ts";
import { compareOids, entryOf, type SnmpValue, shown } from "./varbinds.ts";

export type { SnmpValue } from "./varbinds.ts";

export const AUTH_PROTOCOLS = ["md5", "sha", "sha224", "sha256", "sha384", "sha512"] as const;
export type AuthProtocol = (typeof AUTH_PROTOCOLS)[number];

/** `aes256` stretches keys as Cisco does (Reeder), `aes256blmt` as Blumenthal's draft does. */
const PRIV = { des: "des", aes: "aes", aes256: "aes256r", aes256blmt: "aes256b" } as const;
export type PrivProtocol = keyof typeof PRIV;
export const PRIV_PROTOCOLS = Object.keys(PRIV) as readonly PrivProtocol[];

export type SnmpCredentials =
  | { readonly version: "1" | "2c"; readonly community: string }
  | {
      readonly version: "3";
      readonly user: string;
      /** Null: noAuthNoPriv. */
      readonly auth: { readonly protocol: AuthProtocol; readonly key: string } | null;
      /** Only with `auth`. */
      readonly priv: { readonly protocol: PrivProtocol; readonly key: string } | null;
      readonly context: string;
    };

export interface SnmpAgent {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  readonly credentials: SnmpCredentials;
  /** For one request, until it is sent again. */
  readonly timeoutMs: number;
  /** How often a request is sent again. */
  readonly retries: number;
}

export type SnmpSetting =
  | { readonly oid: string; readonly type: "integer"; readonly value: number }
  | { readonly oid: string; readonly type: "text"; readonly value: string };

/** Told of each request, in words, and of what became of it. */
export type ObserveSnmp = (request: string, answer: string | null, fault: string | null, ms: number) => void;

/** All throw SnmpError, and the signal's reason when it aborts. */
export interface SnmpSession {
  /** By OID; what the agent does not have is absent. */
  get(oids: readonly string[]): Promise<ReadonlyMap<string, SnmpValue>>;
  /** What lies below `root`, by the rest of its OID ("3" or "3.1"); at most `limit`. */
  walk(root: string, limit?: number): Promise<ReadonlyMap<string, SnmpValue>>;
  set(settings: readonly SnmpSetting[]): Promise<void>;
}

const BULK = 25;
const WALK_LIMIT = 2000;
/** Agents need not take more variables than fit into 484 bytes. */
const VARIABLES_AT_ONCE = 20;
/** What net-snmp's own limit may be late. */
const GRACE_MS = 500;

type Send = (done: (error: Error | null, varbinds?: readonly Varbind[]) => void) => unknown;

/** Opens a session for `work` and closes it after. @throws SnmpError, the signal's reason, what `work` throws */
export async function withSnmp<T>(
  agent: SnmpAgent,
  signal: AbortSignal,
  work: (session: SnmpSession) => Promise<T>,
  observe: ObserveSnmp = () => {},
): Promise<T> {
  signal.throwIfAborted();
  const sockets = new AgentSockets(await raceAbort(peerOf(agent), signal));
  const session = open(agent, sockets);
  // What cannot be read is no answer; the request is sent again.
  session.on("error", () => {});
  const end = () => session.cancelRequests(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await work(new Requests(session, sockets, agent, signal, observe));
  } finally {
    signal.removeEventListener("abort", end);
    session.close();
  }
}

async function peerOf({ host, port }: SnmpAgent): Promise<Peer> {
  try {
    const { address, family } = await lookup(host);
    return family === 6 ? { address: canonical(address), family, port } : { address, family: 4, port };
  } catch {
    throw new SnmpError("address", `the name ${host} cannot be resolved`);
  }
}

function open({ credentials, timeoutMs, retries }: SnmpAgent, sockets: AgentSockets) {
  const { address, family, port } = sockets.agent;
  const common = {
    port,
    transport: family === 6 ? ("udp6" as const) : ("udp4" as const),
    timeout: timeoutMs,
    retries,
    backwardsGetNexts: false,
    dgramModule: sockets,
  };
  if (credentials.version === "3")
    return snmp.createV3Session(address, userOf(credentials), {
      ...common,
      version: snmp.Version3,
      context: credentials.context,
    });
  const version: SessionOptions["version"] = credentials.version === "1" ? snmp.Version1 : snmp.Version2c;
  return snmp.createSession(address, credentials.community, { ...common, version });
}

function userOf({ user, auth, priv }: Extract<SnmpCredentials, { version: "3" }>): User {
  const { noAuthNoPriv, authNoPriv, authPriv } = snmp.SecurityLevel;
  if (auth === null) return { name: user, level: noAuthNoPriv };
  const signed = { name: user, authProtocol: snmp.AuthProtocols[auth.protocol], authKey: auth.key };
  if (priv === null) return { ...signed, level: authNoPriv };
  const privProtocol = snmp.PrivProtocols[PRIV[priv.protocol]];
  return { ...signed, level: authPriv, privProtocol, privKey: priv.key };
}

class Requests implements SnmpSession {
  readonly #session: Session;
  readonly #sockets: AgentSockets;
  readonly #agent: SnmpAgent;
  readonly #signal: AbortSignal;
  readonly #observe: ObserveSnmp;

  constructor(session: Session, sockets: AgentSockets, agent: SnmpAgent, signal: AbortSignal, observe: ObserveSnmp) {
    this.#session = session;
    this.#sockets = sockets;
    this.#agent = agent;
    this.#signal = signal;
    this.#observe = observe;
  }

  async get(oids: readonly string[]): Promise<ReadonlyMap<string, SnmpValue>> {
    const found = new Map<string, SnmpValue>();
    for (let at = 0; at < oids.length; at += VARIABLES_AT_ONCE)
      for (const [oid, value] of await this.#getSome(oids.slice(at, at + VARIABLES_AT_ONCE))) found.set(oid, value);
    return found;
  }

  /** An agent of v1 refuses the whole request for one object that it does not have. */
  async #getSome(oids: readonly string[]): Promise<readonly (readonly [string, SnmpValue])[]> {
    try {
      const answer = await this.#ask(`Get ${oids.join(" ")}`, (done) => this.#session.get([...oids], done));
      const other = answer.find(({ oid }) => !oids.includes(oid));
      if (other !== undefined)
        throw new SnmpError("malformed", `Get ${oids.join(" ")}: the agent answered ${other.oid}`);
      return answer.flatMap((varbind) => entryOf(varbind));
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (oids.length === 1) return [];
      const each: (readonly [string, SnmpValue])[] = [];
      for (const oid of oids) each.push(...(await this.#getSome([oid])));
      return each;
    }
  }

  async walk(root: string, limit = WALK_LIMIT): Promise<ReadonlyMap<string, SnmpValue>> {
    const found = new Map<string, SnmpValue>();
    let last = root;
    for (;;) {
      const page = await this.#after(last);
      for (const varbind of page) {
        const [entry] = entryOf(varbind);
        if (entry === undefined || !entry[0].startsWith(`${root}.`)) return found;
        // An agent that goes backwards would be walked for ever.
        if (compareOids(entry[0], last) <= 0)
          throw new SnmpError("malformed", `walk of ${root}: the agent answered ${entry[0]} after ${last}`);
        if (found.size === limit) return found;
        found.set(entry[0].slice(root.length + 1), entry[1]);
        last = entry[0];
      }
      if (page.length === 0) return found;
    }
  }

  async #after(oid: string): Promise<readonly Varbind[]> {
    if (this.#agent.credentials.version !== "1") {
      const answer = await this.#ask(`GetBulk ${oid}`, (done) =>
        this.#session.getBulk([oid], 0, BULK, (error, varbinds) => done(error, varbinds?.flat())),
      );
      return answer;
    }
    try {
      return await this.#ask(`GetNext ${oid}`, (done) => this.#session.getNext([oid], done));
    } catch (error) {
      // The end of what a v1 agent has.
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async set(settings: readonly SnmpSetting[]): Promise<void> {
    const { Integer, OctetString } = snmp.ObjectType;
    const varbinds = settings.map(({ oid, type, value }) => ({
      oid,
      value,
      type: type === "integer" ? Integer : OctetString,
    }));
    const words = `Set ${settings.map(({ oid, value }) => `${oid}=${value}`).join(" ")}`;
    await this.#ask(words, (done) => this.#session.set(varbinds, done));
  }

  async #ask(request: string, send: Send): Promise<readonly Varbind[]> {
    this.#signal.throwIfAborted();
    const began = performance.now();
    try {
      const answer = await raceAbort(this.#answer(request, send), this.#signal);
      this.#observe(request, shown(answer), null, performance.now() - began);
      return answer;
    } catch (error) {
      this.#signal.throwIfAborted();
      const told = this.#told(request, error);
      this.#observe(request, null, told.message, performance.now() - began);
      throw told;
    }
  }

  /** net-snmp drops a request without a word when its answer can be read in part only: then the limit of time is ours. */
  async #answer(request: string, send: Send): Promise<readonly Varbind[]> {
    const { timeoutMs, retries } = this.#agent;
    const unread = new SnmpError("malformed", `${request}: the agent answered what cannot be read`);
    let limit: NodeJS.Timeout | undefined;
    try {
      return await new Promise((done, fail) => {
        limit = setTimeout(() => fail(unread), timeoutMs * (retries + 1) + GRACE_MS);
        send((error, varbinds = []) => (error === null ? done(varbinds) : fail(error)));
      });
    } finally {
      clearTimeout(limit);
    }
  }

  #told(request: string, error: unknown): SnmpError {
    if (error instanceof SnmpError) return error;
    const {
      name = "",
      message = "",
      code,
      status,
    } = error as { name?: string; message?: string; code?: unknown; status?: unknown };
    if (name === "RequestTimedOutError") {
      const { timeoutMs, retries } = this.#agent;
      const seconds = (timeoutMs * (retries + 1)) / 1000;
      const { stranger } = this.#sockets;
      const heard = stranger === null ? "" : ` (what came from ${stranger} does not count: it was not asked)`;
      return new SnmpError("silent", `${request}: no answer within ${seconds} s${heard}`);
    }
    if (name === "RequestFailedError") return new MissingOrRefused(request, Number(status));
    const { EAuthFailure, ECouldNotDecrypt, EUnexpectedReport } = snmp.ResponseInvalidCode;
    if (code === EAuthFailure || code === ECouldNotDecrypt || code === EUnexpectedReport)
      return new SnmpError("credentials", `${request}: the agent does not take user, keys or protocols (${message})`);
    if (name === "ResponseInvalidError") return new SnmpError("malformed", `${request}: ${message}`);
    return new SnmpError("address", `${request}: ${message}`);
  }
}

class MissingOrRefused extends SnmpError {
  readonly status: number;

  constructor(request: string, status: number) {
    super("refused", `${request}: ${statusWords(status)}`);
    this.status = status;
  }
}

const NO_SUCH_NAME = 2;

function isMissing(error: unknown): boolean {
  return error instanceof MissingOrRefused && error.status === NO_SUCH_NAME;
}
