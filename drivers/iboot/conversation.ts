/** A TCP connection for one question: bounded in bytes and in time, closed at the end whatever happens. */
import { connect, type Socket } from "node:net";

/** More than any answer of an iBoot. */
const MOST_BYTES = 4096;

/** An answer that will be the same again: trying once more may only lock the account. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export interface Conversation {
  send(bytes: Buffer): void;
  /**
   * Bytes so far, once there are `least`, or once the other side has closed. With `quietMs` also once it has said something
   * new and then nothing for so long: for answers whose length nobody tells.
   */
  heard(least: number, quietMs?: number): Promise<Buffer>;
}

/** @throws the socket's error, the signal's reason, what `talk` throws */
export async function converse<T>(
  host: string,
  port: number,
  signal: AbortSignal,
  talk: (other: Conversation) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const socket = connect({ host, port });
  const ear = new Ear(socket, signal);
  try {
    return await talk({
      send: (bytes) => void socket.write(bytes),
      heard: (least, quietMs) => ear.heard(least, quietMs),
    });
  } finally {
    ear.close();
    socket.destroy();
  }
}

class Ear {
  readonly #signal: AbortSignal;
  readonly #abort = () => this.#end(this.#signal.reason);
  #bytes = Buffer.alloc(0);
  #ended = false;
  #error: unknown = null;
  #wake: () => void = () => {};

  constructor(socket: Socket, signal: AbortSignal) {
    this.#signal = signal;
    socket.on("data", (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      if (this.#bytes.length > MOST_BYTES) this.#end(new Error(`it answered more than ${MOST_BYTES} bytes`));
      else this.#wake();
    });
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(null));
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  async heard(least: number, quietMs?: number): Promise<Buffer> {
    const before = this.#bytes.length;
    while (this.#bytes.length < least && !this.#ended) {
      const limit = this.#bytes.length > before ? quietMs : undefined;
      if (!(await this.#news(limit))) break;
    }
    if (this.#error !== null) throw this.#error;
    return this.#bytes;
  }

  /** False when there were none for so long. */
  async #news(limitMs: number | undefined): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => resolve(false), limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#abort);
  }

  #end(error: unknown): void {
    this.#error ??= error;
    this.#ended = true;
    this.#wake();
  }
}
