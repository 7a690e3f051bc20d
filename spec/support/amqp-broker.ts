/**
 * As much of a RabbitMQ as a publisher sees (AMQP 0-9-1): it greets, declares what is asked for, confirms what is published,
 * and can fall silent on the connections that are open.
 */
import { createServer, type Socket } from "node:net";
import { listening } from "./loopback.ts";

const FRAME = { method: 1, header: 2 } as const;
const END = 0xce;
const HEADER_BYTES = 7;
const GREETING_BYTES = 8;

const words = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value >> 8, value])));
const long = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const longText = (text: string) => Buffer.concat([long(text.length), Buffer.from(text)]);

const START = Buffer.concat([words(10, 10), Buffer.from([0, 9]), long(0), longText("PLAIN"), longText("en_US")]);
const TUNE = Buffer.concat([words(10, 30), words(10), long(131_072), words(20)]);
/** Class and method of what is asked, and the arguments of its answer, which is the next method. */
const ANSWERS: Readonly<Record<string, Buffer>> = {
  "10.40": Buffer.from([0]),
  "10.50": Buffer.alloc(0),
  "20.10": long(0),
  "40.10": Buffer.alloc(0),
  "50.10": Buffer.concat([Buffer.from([0]), long(0), long(0)]),
  "50.20": Buffer.alloc(0),
  "85.10": Buffer.alloc(0),
};

export interface AmqpBroker extends AsyncDisposable {
  readonly url: string;
  /** Connections that came so far. */
  readonly connections: number;
  /** Messages that were confirmed. */
  readonly confirmed: number;
  /** Those that are open get no answer any more, and are not closed; new ones are answered. */
  fallSilent(): void;
  /** Resolves once no connection is open. */
  allClosed(): Promise<void>;
}

export async function amqpBroker(): Promise<AmqpBroker> {
  const sockets = new Set<Connection>();
  let [connections, confirmed] = [0, 0];
  const server = createServer((socket) => {
    connections++;
    sockets.add(new Connection(socket, () => confirmed++));
  });
  const port = await listening(server);
  return {
    url: `rabbit://guest:guest@127.0.0.1:${port}/`,
    get connections() {
      return connections;
    },
    get confirmed() {
      return confirmed;
    },
    fallSilent() {
      for (const connection of sockets) connection.isSilent = true;
    },
    async allClosed() {
      for (const { closed } of sockets) await closed;
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Connection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  isSilent = false;
  readonly #onMessage: () => void;
  #heard: Buffer = Buffer.alloc(0);
  #greeted = false;
  #tag = 0;

  constructor(socket: Socket, onMessage: () => void) {
    this.socket = socket;
    this.#onMessage = onMessage;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => this.#hear(bytes));
  }

  #hear(bytes: Buffer): void {
    if (this.isSilent) return;
    this.#heard = Buffer.concat([this.#heard, bytes]);
    if (!this.#greeted && this.#heard.length >= GREETING_BYTES) {
      this.#heard = this.#heard.subarray(GREETING_BYTES);
      this.#greeted = true;
      this.#say(0, START);
    }
    while (this.#greeted && this.#heard.length >= HEADER_BYTES) {
      const length = this.#heard.readUInt32BE(3) + HEADER_BYTES + 1;
      if (this.#heard.length < length) return;
      this.#frame(this.#heard.subarray(0, length - 1));
      this.#heard = this.#heard.subarray(length);
    }
  }

  #frame(frame: Buffer): void {
    const channel = frame.readUInt16BE(1);
    // All that is published here has a text; it may come in any number of frames.
    if (frame[0] === FRAME.header) {
      this.#tag++;
      this.#onMessage();
      this.#say(channel, Buffer.concat([words(60, 80), long(0), long(this.#tag), Buffer.from([0])]));
    }
    if (frame[0] !== FRAME.method) return;
    const [kind, method] = [frame.readUInt16BE(HEADER_BYTES), frame.readUInt16BE(HEADER_BYTES + 2)];
    const answer = ANSWERS[`${kind}.${method}`];
    if (kind === 10 && method === 11) this.#say(0, TUNE);
    else if (answer !== undefined) this.#say(channel, Buffer.concat([words(kind, method + 1), answer]));
  }

  #say(channel: number, payload: Buffer): void {
    const head = Buffer.concat([Buffer.from([FRAME.method]), words(channel), long(payload.length)]);
    this.socket.write(Buffer.concat([head, payload, Buffer.from([END])]));
  }
}
