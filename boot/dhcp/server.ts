/**
 * The DHCP server's sockets. One for each address of a served interface (it sends, so replies leave with that address
 * and, on Linux, through that interface: ip(7), the source address chooses the device of a limited broadcast), one for
 * each directed broadcast, one an interface for 255.255.255.255 (where sockets cannot be tied to interfaces: one for
 * all), and one an address on the PXE boot server port.
 */
import type { RemoteInfo, Socket } from "node:dgram";
import type { Logger } from "../../common/log.ts";
import { broadcastOf, formatAddress, LIMITED_BROADCAST } from "../address.ts";
import { bindUdp, closeUdp } from "../udp.ts";
import type { Reply } from "./answers.ts";
import { DeviceBinder } from "./bind-to-device.ts";
import { decodePacket, encodePacket } from "./packet.ts";
import { Responder, type ResponderOptions } from "./responder.ts";
import type { Arrival, Link } from "./segments.ts";

export interface DhcpServerOptions extends Omit<ResponderOptions, "ports"> {
  readonly log: Logger;
  readonly ports: { readonly server: number; readonly client: number; readonly boot: number };
}

type Place = Pick<Arrival, "link" | "from">;

/** Packets being answered at once; what comes beyond is dropped, the clients repeat. */
const MOST_PENDING = 512;
/** A resolver or database that takes longer has no use for the client any more. */
const PATIENCE_MS = 5000;

export class DhcpServer implements AsyncDisposable {
  readonly #options: DhcpServerOptions;
  readonly #responder: Responder;
  readonly #senders = new Map<Link, Socket>();
  readonly #sockets: Socket[] = [];
  /** The last work for each MAC: packets of one machine are answered in their order. */
  readonly #queues = new Map<string, Promise<void>>();
  #pending = 0;

  private constructor(options: DhcpServerOptions) {
    this.#options = options;
    this.#responder = new Responder(options);
  }

  /** @throws BootServiceFailed */
  static async start(options: DhcpServerOptions): Promise<DhcpServer> {
    const server = new DhcpServer(options);
    try {
      await server.#listen();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async #listen(): Promise<void> {
    const { links, ports } = this.#options;
    for (const link of links) {
      const address = formatAddress(link.address);
      const sender = await this.#bind(address, ports.server, false);
      this.#senders.set(link, sender);
      this.#receive(sender, { link, from: [link] });
      const broadcast = broadcastOf(link.network);
      if (broadcast !== null && link.network.prefix < 31)
        this.#receive(await this.#bind(formatAddress(broadcast), ports.server, true), { link, from: [link] });
      await this.#listenForBoot(link, address);
    }
    if (!(await this.#listenOnEachInterface())) await this.#listenOnAll();
  }

  /** One socket for the limited broadcast on each interface: it tells where a packet came from. */
  async #listenOnEachInterface(): Promise<boolean> {
    const { links, ports, log } = this.#options;
    const binder = new DeviceBinder();
    const opened: Socket[] = [];
    for (const name of new Set(links.map((link) => link.interface))) {
      const socket = await this.#bind(formatAddress(LIMITED_BROADCAST), ports.server, true);
      opened.push(socket);
      const problem = await binder.bind(socket, name);
      if (problem === null) {
        const own = links.filter((link) => link.interface === name);
        this.#receive(socket, { link: own.length === 1 ? (own[0] ?? null) : null, from: own });
        continue;
      }
      log.warn(
        { interface: name, problem },
        "DHCP broadcasts cannot be told apart by interface; see boot/dhcp/segments.ts",
      );
      await Promise.all(opened.map((one) => this.#close(one)));
      return false;
    }
    return true;
  }

  async #listenOnAll(): Promise<void> {
    const { links, ports } = this.#options;
    const socket = await this.#bind(formatAddress(LIMITED_BROADCAST), ports.server, true);
    this.#receive(socket, { link: links.length === 1 ? (links[0] ?? null) : null, from: links });
  }

  async #close(socket: Socket): Promise<void> {
    this.#sockets.splice(this.#sockets.indexOf(socket), 1);
    await closeUdp(socket);
  }

  async #listenForBoot(link: Link, address: string): Promise<void> {
    const socket = await this.#bind(address, this.#options.ports.boot, false);
    socket.on("message", (bytes, source) => {
      this.#admit(bytes, source, { link, from: [link] }, async (arrival) => {
        const replies = await this.#responder.respondOnBootPort({ ...arrival, link });
        for (const reply of replies) this.#send(socket, reply);
      });
    });
  }

  async #bind(address: string, port: number, shared: boolean): Promise<Socket> {
    const socket = await bindUdp({
      service: "DHCP",
      option: "[boot]dhcp_port",
      address,
      port,
      broadcast: true,
      shared,
    });
    socket.on("error", (error) => this.#options.log.warn({ error, address, port }, "DHCP socket error"));
    this.#sockets.push(socket);
    return socket;
  }

  #receive(socket: Socket, place: Place): void {
    socket.on("message", (bytes, source) => {
      this.#admit(bytes, source, place, async (arrival) => {
        for (const reply of await this.#responder.respond(arrival)) {
          const sender = this.#senders.get(reply.segment.link);
          if (sender !== undefined) this.#send(sender, reply);
        }
      });
    });
  }

  #admit(bytes: Buffer, source: RemoteInfo, place: Place, work: (arrival: Arrival) => Promise<void>): void {
    const packet = decodePacket(bytes);
    if (packet === null || this.#pending >= MOST_PENDING) return;
    this.#pending += 1;
    const before = this.#queues.get(packet.mac) ?? Promise.resolve();
    const run = before
      .then(() => withPatience(work({ packet, ...place, source })))
      .catch((error: unknown) => this.#options.log.warn({ error, mac: packet.mac }, "DHCP packet not answered"))
      .finally(() => {
        this.#pending -= 1;
        if (this.#queues.get(packet.mac) === run) this.#queues.delete(packet.mac);
      });
    this.#queues.set(packet.mac, run);
  }

  #send(socket: Socket, reply: Reply): void {
    const to = formatAddress(
      reply.to.address === LIMITED_BROADCAST ? broadcastFor(reply.segment.link) : reply.to.address,
    );
    socket.send(encodePacket(reply.packet), reply.to.port, to, (error) => {
      if (error !== null) this.#options.log.warn({ error, to, mac: reply.packet.mac }, "DHCP reply not sent");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sockets.splice(0).map(closeUdp));
    await Promise.all(this.#queues.values());
  }
}

/**
 * Clients without an address surely take 255.255.255.255 only. Linux sends it through the interface that has the
 * socket's address; elsewhere the routing table would choose, so the subnet's directed broadcast is used.
 */
function broadcastFor(link: Link) {
  return process.platform === "linux" ? LIMITED_BROADCAST : (broadcastOf(link.network) ?? LIMITED_BROADCAST);
}

function withPatience(work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer found within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
