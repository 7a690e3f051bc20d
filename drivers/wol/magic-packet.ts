/** The packet that wakes a card, and its way to the network. */
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/**
 * Six bytes of ones, then the address sixteen times, then the SecureOn password (AMD, Magic Packet Technology, white paper
 * 20213; the password as network cards take it: six bytes, or four).
 */
export function magicPacket(mac: string, password: Buffer = Buffer.alloc(0)): Buffer {
  const address = Buffer.from(mac.replaceAll(":", ""), "hex");
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address), password]);
}

export interface WayOut {
  readonly host: string;
  readonly port: number;
  /** An address of this host: the packet leaves by its network. Null: the system chooses. */
  readonly source: string | null;
}

/** Nobody answers: it resolves when the packet has left. @throws Error of the system, the signal's reason */
export async function sendPacket(packet: Buffer, { host, port, source }: WayOut, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const isV6 = isIPv6(host);
  const socket = createSocket(isV6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((sent, failed) => {
      signal.addEventListener("abort", () => failed(signal.reason), { once: true });
      socket.once("error", failed);
      socket.bind(0, source ?? undefined, () => {
        if (!isV6) socket.setBroadcast(true);
        socket.send(packet, port, host, (error) => (error ? failed(error) : sent()));
      });
    });
  } finally {
    socket.close();
  }
}
