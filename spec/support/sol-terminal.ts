/** A person at a machine's serial line: types, and reads until something is there. */
import { setTimeout as pause } from "node:timers/promises";
import type { Bmc, IpmiClient } from "../../drivers/ipmi/client/client.ts";
import type { IpmiError } from "../../drivers/ipmi/client/ipmi-error.ts";
import type { SolLine } from "../../drivers/ipmi/client/sol.ts";

const LOOK_MS = 50;
const AGAIN_MS = 15_000;

export class SolTerminal {
  /** Undefined while the line is there; null: closed by ourselves. */
  ended: IpmiError | null | undefined;
  readonly noticed: string[] = [];
  #line: SolLine | null = null;
  #seen = "";

  /** @throws IpmiError */
  static async open(client: IpmiClient, bmc: Bmc, takeOver = false): Promise<SolTerminal> {
    const terminal = new SolTerminal();
    const listener = {
      data: (bytes: Buffer) => {
        terminal.#seen += bytes.toString("latin1");
      },
      ended: (reason: IpmiError | null) => {
        terminal.ended = reason;
      },
      noticed: (what: string) => void terminal.noticed.push(what),
    };
    terminal.#line = await client.openLine(bmc, listener, { signal: new AbortController().signal, takeOver });
    return terminal;
  }

  /** What came since something was typed last. */
  get seen(): string {
    return this.#seen;
  }

  async types(text: string): Promise<void> {
    this.#seen = "";
    await this.#line?.write(Buffer.from(text, "latin1"));
  }

  /** @throws Error with what was there instead */
  async reads(expected: RegExp, limitMs: number): Promise<string> {
    for (const limit = Date.now() + limitMs; Date.now() < limit; await pause(LOOK_MS))
      if (expected.test(this.#seen)) return this.#seen;
    throw new Error(`${expected} was not seen on the serial line, but ${JSON.stringify(this.#seen.slice(-800))}`);
  }

  /** Types, and again after a while: a machine may have been about to print when it was typed to. */
  async asks(text: string, expected: RegExp, limitMs: number): Promise<string> {
    for (const limit = Date.now() + limitMs; ; ) {
      await this.types(text);
      const left = limit - Date.now();
      try {
        return await this.reads(expected, Math.min(AGAIN_MS, left));
      } catch (error) {
        if (left <= AGAIN_MS) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#line?.close();
  }
}
