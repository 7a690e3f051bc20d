/** One UDP socket (one more for IPv6) for all BMCs: what comes is handed to the session that it names. */
import { randomInt } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { canonical, isFrom, type Peer } from "../../udp-peer.ts";
import { IpmiError } from "./ipmi-error.ts";
import { PAYLOAD, type PacketHeader, readHeader } from "./packet.ts";
import { replyHead } from "./rakp.ts";

/** Called for packets of the right sender only. What it throws is dropped with the packet. */
export type Hear = (datagram: Buffer, head: PacketHeader) => void;

interface Listener {
  readonly peer: Peer;
  readonly hear: Hear;
  /** Told when the socket is closed under a question. */
  readonly ended: (reason: Error) => void;
}

const RECEIVE_BUFFER = 4 * 1024 * 1024;
const LARGEST_ID = 0xffffffff;

export class Datagrams {
  readonly #sockets = new Map<4 | 6, Socket>();
  readonly #listeners = new Map<number, Listener>();
  /** The newest session of each peer: some BMCs answer a refusal without the session's ID. */
  readonly #newest = new Map<string, number>();
  /** Who waits for a packet of IPMI 1.5 from a peer. */
  readonly #plain = new Map<string, (datagram: Buffer) => void>();
  #dropped = 0;
  #closed = false;

  /** Packets that belonged to nobody, came from elsewhere or were no packets of ours. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sessions that are heard. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** Starts to hear `peer`; answers the console's session ID that its packets must carry. */
  listen(peer: Peer, hear: Hear, ended: (reason: Error) => void): number {
    let id = 0;
    // Random, so that a late packet of a session before does not meet its successor.
    while (id === 0 || this.#listeners.has(id)) id = randomInt(1, LARGEST_ID);
    this.#listeners.set(id, { peer, hear, ended });
    this.#newest.set(nameOf(peer), id);
    return id;
  }

  forget(id: number): void {
    const listener = this.#listeners.get(id);
    if (listener !== undefined && this.#newest.get(nameOf(listener.peer)) === id)
      this.#newest.delete(nameOf(listener.peer));
    this.#listeners.delete(id);
  }

  /** Packets of IPMI 1.5, which belong to no session; one listener a peer. */
  hearPlain(peer: Peer, hear: (datagram: Buffer) => void): void {
    this.#plain.set(nameOf(peer), hear);
  }

  deafTo(peer: Peer): void {
    this.#plain.delete(nameOf(peer));
  }

  /** `failed` is told when the system cannot send there. */
  send(peer: Peer, bytes: Buffer, failed: (error: Error) => void): void {
    if (this.#closed) {
      failed(new Error("the client is closed"));
      return;
    }
    this.#socket(peer.family).send(bytes, peer.port, peer.address, (error) => {
      if (error) failed(error);
    });
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    for (const listener of this.#listeners.values()) listener.ended(new Error("the client was closed"));
    this.#listeners.clear();
    this.#newest.clear();
  }

  #socket(family: 4 | 6): Socket {
    const known = this.#sockets.get(family);
    if (known !== undefined) return known;
    const socket = createSocket({
      type: family === 4 ? "udp4" : "udp6",
      // Addresses only: names are resolved before, once a session.
      lookup: (address, _options, done) => done(null, address, family),
    });
    socket.on("message", (datagram, from) => this.#heard(datagram, from));
    socket.on("error", () => this.#sockets.delete(family));
    socket.once("listening", () => socket.setRecvBufferSize(RECEIVE_BUFFER));
    // What waits for an answer has a timer that keeps the process; an idle socket need not.
    socket.unref();
    this.#sockets.set(family, socket);
    return socket;
  }

  #heard(datagram: Buffer, from: RemoteInfo): void {
    try {
      const head = readHeader(datagram);
      if (head === null) this.#plain.get(nameOf(from))?.(datagram);
      const listener = head === null ? undefined : this.#listeners.get(this.#sessionOf(head, from));
      if (head !== null && listener !== undefined && isFrom(listener.peer, from)) listener.hear(datagram, head);
      else this.#dropped++;
    } catch {
      // Anyone can send us anything: a packet that no bound foresaw must not end the process.
      this.#dropped++;
    }
  }

  /** Before there is a session its ID stands in the payload. */
  #sessionOf(head: PacketHeader, from: RemoteInfo): number {
    if (head.type === PAYLOAD.ipmi || head.type === PAYLOAD.sol) return head.sessionId;
    return replyHead(head.payload)?.consoleId ?? this.#newest.get(nameOf(from)) ?? 0;
  }
}

function nameOf({ address, port }: Pick<Peer, "address" | "port">): string {
  return `${address} ${port}`;
}

/** `host`: a name or an address. @throws IpmiError "address"; the signal's reason */
export async function peerOf(host: string, port: number, signal: AbortSignal): Promise<Peer> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const literal = isIP(bare);
  if (literal === 4) return { address: bare, family: 4, port };
  if (literal === 6) return { address: canonical(bare), family: 6, port };
  try {
    const { address, family } = await untilAborted(lookup(bare), signal);
    return { address, family: family === 6 ? 6 : 4, port };
  } catch (error) {
    signal.throwIfAborted();
    throw new IpmiError("address", `the name "${bare}" cannot be resolved (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
