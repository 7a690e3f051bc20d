/** Reads a file over TFTP (RFC 1350, block size of RFC 2348), as a machine's firmware does. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

const [READ, DATA, ACK, ERROR, OACK] = [1, 3, 4, 5, 6];
const BLOCK = 1400;
const RETRY_MS = 1000;
const TRIES = 5;

/** host and port of a TFTP server. */
export interface TftpServer {
  readonly host: string;
  readonly port: number;
}

/** @throws Error with the server's words, or when nothing comes; null: there is no such file */
export async function readTftp(server: TftpServer, name: string, signal: AbortSignal): Promise<Buffer | null> {
  const socket = createSocket("udp4").bind(0);
  await once(socket, "listening");
  try {
    return await transfer(socket, server, name, signal);
  } finally {
    socket.close();
  }
}

function request(name: string): Buffer {
  return Buffer.concat([Buffer.from([0, READ]), Buffer.from(`${name}\0octet\0blksize\0${BLOCK}\0`)]);
}

function acknowledge(block: number): Buffer {
  return Buffer.from([0, ACK, block >> 8, block & 0xff]);
}

function transfer(
  socket: ReturnType<typeof createSocket>,
  server: TftpServer,
  name: string,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let [last, size, tries, block]: [Buffer, number, number, number] = [request(name), 512, 0, 0];
  let [port, isClosed] = [server.port, false];
  return new Promise((resolve, reject) => {
    const send = () => {
      if (!isClosed) socket.send(last, port, server.host, () => {});
    };
    const timer = setInterval(() => {
      if (++tries >= TRIES) settle(() => reject(new Error(`no answer from TFTP server ${server.host}:${server.port}`)));
      else send();
    }, RETRY_MS);
    const stop = () => settle(() => reject(signal.reason));
    const settle = (act: () => void) => {
      if (isClosed) return;
      isClosed = true;
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
      act();
    };
    signal.addEventListener("abort", stop);
    socket.on("message", (packet: Buffer, from: RemoteInfo) => {
      if (packet.length < 4 || isClosed) return;
      const [, code, high = 0, low = 0] = packet;
      tries = 0;
      port = from.port;
      if (code === ERROR) {
        const words = packet.toString("latin1", 4, packet.length - 1);
        return settle(() => (low === 1 ? resolve(null) : reject(new Error(`TFTP server refuses ${name}: ${words}`))));
      }
      if (code === OACK) size = blockSize(packet);
      if (code === DATA && high * 256 + low === ((block + 1) & 0xffff)) {
        block = (block + 1) & 0xffff;
        parts.push(Buffer.from(packet.subarray(4)));
      }
      last = acknowledge(block);
      send();
      if (code === DATA && packet.length - 4 < size) settle(() => resolve(Buffer.concat(parts)));
    });
    send();
  });
}

function blockSize(packet: Buffer): number {
  const words = packet.toString("latin1", 2).split("\0");
  return Number(words[words.findIndex((word) => word.toLowerCase() === "blksize") + 1]) || 512;
}
