/**
 * UDP sockets for net-snmp, whose handler of packets throws on some answers: nobody could catch that, and one packet would
 * end the process. Here such a packet is none.
 */
import { createSocket as createUdpSocket, type Socket, type SocketType } from "node:dgram";

/** In place of node:dgram (`dgramModule` of a session). */
export const CALM_SOCKETS = {
  createSocket(type: SocketType): Socket {
    const socket = createUdpSocket(type);
    const emit = socket.emit.bind(socket) as (...event: readonly unknown[]) => boolean;
    const calm = (...event: readonly unknown[]): boolean => {
      if (event[0] !== "message") return emit(...event);
      try {
        return emit(...event);
      } catch {
        return true;
      }
    };
    return Object.assign(socket, { emit: calm });
  },
};
