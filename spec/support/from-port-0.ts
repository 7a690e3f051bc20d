/** A datagram whose sender leaves its port out (RFC 768), which no UDP socket sends: Node's throw at answering there. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const SEND = `
import socket, struct, sys
port, packet = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.sendto(struct.pack("!HHHH", 0, port, 8 + len(packet), 0) + packet, ("127.0.0.1", 0))
`;

/** To a port of 127.0.0.1. False: only root can, and only with python3. */
export async function sendFromPort0(port: number, packet: Buffer): Promise<boolean> {
  const sending = promisify(execFile)("python3", ["-c", SEND, String(port), packet.toString("hex")]);
  return await sending.then(
    () => true,
    () => false,
  );
}
