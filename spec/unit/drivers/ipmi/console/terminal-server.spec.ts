/** A serial line on a TCP port, with viewers that never close their side: they are dismissed, and hold nothing up. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { silent } from "../../../../../common/log.ts";
import { type LineListener, TerminalServer } from "../../../../../drivers/ipmi/console/terminal-server.ts";
import { freePort } from "../../../../support/loopback.ts";

const MOST_VIEWERS = 16;

describe("a serial line on a TCP port", () => {
  const viewers: Socket[] = [];
  let terminal: TerminalServer;
  let port: number;
  let line: LineListener | null;
  let closed: number;

  async function start(idleMs = 0): Promise<void> {
    [line, closed, port] = [null, 0, await freePort()];
    const open = async (listener: LineListener) => {
      line = listener;
      return { write: async () => {}, close: async () => void closed++ };
    };
    terminal = await TerminalServer.listen({ address: "127.0.0.1", port, idleMs, log: silent, open });
  }

  /** Keeps its side open when the other one is closed. */
  async function viewer(): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    viewers.push(socket);
    await once(socket, "connect");
    return socket;
  }

  /** What it is told until the other side has closed. */
  async function told(socket: Socket): Promise<string> {
    let text = "";
    socket.on("data", (bytes) => {
      text += String(bytes);
    });
    await once(socket, "end");
    return text;
  }

  afterEach(async () => {
    await terminal.close();
    for (const socket of viewers.splice(0)) socket.destroy();
  });

  it("turns away who is one too many, and can be closed all the same", async () => {
    await start();
    for (let count = 0; count < MOST_VIEWERS; count++) await viewer();
    assert.match(await told(await viewer()), /too many are connected/);
    await terminal.close();
    await start();
  });

  it("gives the line back once who was idle is dismissed", async () => {
    await start(100);
    assert.match(await told(await viewer()), /closed: nothing happened for too long/);
    for (let tries = 0; closed === 0 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(closed, 1);
  });

  it("is opened anew for who comes after it was lost", async () => {
    await start();
    const first = await viewer();
    const hears = told(first);
    while (line === null) await new Promise((resolve) => setTimeout(resolve, 5));
    const lost: LineListener = line;
    lost.ended(new Error("the BMC is gone"));
    lost.data(Buffer.from("late"));
    assert.match(await hears, /the serial line has ended: the BMC is gone/);
    await viewer();
    for (let tries = 0; line === lost && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.notEqual(line, lost);
  });
});
