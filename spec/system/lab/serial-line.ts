/** Logs in to the installed system over the node's console: the stock CLI switches it on, a TCP connection is the terminal. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Scene } from "./deploy-scenario.ts";

export const TERMINAL_PORT = 7790;
const NODE = "server-1";
const LIMIT_MS = 120_000;

export async function loginOnSerialLine({ baremetal }: Scene, hostname: string): Promise<void> {
  await baremetal.run("node", "console", "enable", NODE);
  const shown = await untilEnabled(baremetal);
  if (!shown.includes(`tcp://127.0.0.1:${TERMINAL_PORT}`)) throw new Error(`the console is not offered: ${shown}`);
  const socket = connect(TERMINAL_PORT, "127.0.0.1");
  await once(socket, "connect");
  const terminal = new Terminal(socket);
  try {
    await terminal.answer("\r", new RegExp(`${hostname} login:`));
    await terminal.answer("debian\r", /Password:/);
    await terminal.answer("lab-password\r", /\$ $/);
    // The answer must not be the echo of the question.
    await terminal.answer('echo "on $(hostname) as $(id -un)"\r', new RegExp(`on ${hostname} as debian`));
    await terminal.answer("exit\r", /login:/);
  } finally {
    socket.destroy();
  }
  await baremetal.run("node", "console", "disable", NODE);
}

async function untilEnabled(baremetal: Scene["baremetal"]): Promise<string> {
  for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; ) {
    const shown = await baremetal.run("node", "console", "show", NODE, "-f", "json");
    if (/"console_enabled": true/.test(shown)) return shown;
    await new Promise((ok) => setTimeout(ok, 1000));
  }
  throw new Error("the console was not enabled in time");
}

class Terminal {
  #seen = "";
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#seen += text;
    });
  }

  /** Types, and again every 20 s, until the machine has answered. */
  async answer(typed: string, expected: RegExp): Promise<void> {
    this.#seen = "";
    for (const began = Date.now(), limit = began + LIMIT_MS, again = 20_000; Date.now() < limit; ) {
      this.#socket.write(typed);
      for (const next = Date.now() + again; Date.now() < next; ) {
        await new Promise((ok) => setTimeout(ok, 200));
        if (expected.test(this.#seen)) return;
      }
    }
    throw new Error(`${expected} was not seen on the serial line, but ${JSON.stringify(this.#seen.slice(-500))}`);
  }
}
