/** A TFTP client that sends exactly what a test says. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { OPCODE } from "../../../../boot/tftp/packet.ts";

export interface Received {
  readonly opcode: number;
  /** Block number or error code. */
  readonly number: number;
  readonly body: Buffer;
  readonly port: number;
}

export class TftpClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #server: number;
  readonly #received: Received[] = [];
  #wake: (() => void) | null = null;

  private constructor(socket: Socket, server: number) {
    this.#socket = socket;
    this.#server = server;
    socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
      const [opcode, number] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
      const body = bytes.subarray(opcode === OPCODE.OACK ? 2 : 4);
      this.#received.push({ opcode, number, body, port: from.port });
      this.#wake?.();
    });
  }

  static open(server: number): Promise<TftpClient> {
    const socket = createSocket("udp4");
    return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(new TftpClient(socket, server))));
  }

  send(bytes: Buffer, port = this.#server): void {
    this.#socket.send(bytes, port, "127.0.0.1");
  }

  read(name: string, options: Readonly<Record<string, string>> = {}, mode = "octet"): void {
    const words = [name, mode, ...Object.entries(options).flat()].map((word) => `${word}\0`).join("");
    this.send(Buffer.concat([Buffer.from([0, OPCODE.RRQ]), Buffer.from(words, "latin1")]));
  }

  ack(block: number, port: number): void {
    this.send(Buffer.from([0, OPCODE.ACK, (block >> 8) & 255, block & 255]), port);
  }

  async next(): Promise<Received> {
    for (;;) {
      const first = this.#received.shift();
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What has arrived and was not asked for yet. */
  get waiting(): number {
    return this.#received.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

export function optionsOf(received: Received): Record<string, string> {
  const words = received.body.toString("latin1").split("\0");
  return Object.fromEntries(
    Array.from({ length: Math.floor(words.length / 2) }, (_, at) => [words[2 * at], words[2 * at + 1]]),
  );
}
