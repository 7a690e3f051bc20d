/**
 * The UDP socket of a session of net-snmp, with two things that the library leaves out. It takes an answer by its request's
 * number, whoever sent it: here a packet of another sender is none. And its handler throws on some answers: nobody could
 * catch that, and one packet would end the process.
 */
import { createSocket as createUdpSocket, type RemoteInfo, type Socket, type SocketType } from "node:dgram";
import { isFrom, type Peer } from "../../udp-peer.ts";

/** In place of node:dgram (`dgramModule` of a session). */
export class AgentSockets {
  readonly agent: Peer;
  #stranger: string | null = null;

  constructor(agent: Peer) {
    this.agent = agent;
  }

  /** Who has sent something without being the agent: the last of them, as "address:port". */
  get stranger(): string | null {
    return this.#stranger;
  }

  createSocket(type: SocketType): Socket {
    const socket = createUdpSocket(type);
    const emit = socket.emit.bind(socket) as (...event: readonly unknown[]) => boolean;
    const heard = (...event: readonly unknown[]): boolean => {
      if (event[0] !== "message") return emit(...event);
      const from = event[2] as RemoteInfo;
      if (!isFrom(this.agent, from)) {
        this.#stranger = `${from.address}:${from.port}`;
        return true;
      }
      try {
        return emit(...event);
      } catch {
        return true;
      }
    };
    return Object.assign(socket, { emit: heard });
  }
}
