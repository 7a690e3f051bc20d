/** One way to a BMC: what is asked while another question waits gets its answer, whatever becomes of the other. */
import assert from "node:assert/strict";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { Datagrams } from "../../../../../drivers/ipmi/client/datagrams.ts";
import { IpmiError } from "../../../../../drivers/ipmi/client/ipmi-error.ts";
import { Link } from "../../../../../drivers/ipmi/client/link.ts";
import { never } from "./bench.ts";

/** A packet of a session without authentication (IPMI 2.0, table 13-8). */
function packetOf(session: number, payload: string): Buffer {
  const head = Buffer.from([6, 0, 0xff, 7, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, payload.length, 0]);
  head.writeUInt32LE(session, 6);
  return Buffer.concat([head, Buffer.from(payload)]);
}

describe("IPMI client's way to a BMC", () => {
  const limits = (ms: number) => ({ deadline: performance.now() + ms, pauseMs: 20, signal: never });

  it("hears the answer to a question also when one before it runs out of time meanwhile", async () => {
    const bmc = createSocket("udp4").bind(0, "127.0.0.1");
    await once(bmc, "listening");
    const datagrams = new Datagrams();
    try {
      const link = new Link(datagrams, { address: "127.0.0.1", family: 4, port: bmc.address().port });
      const listen = (datagram: Buffer) => (datagram.includes("answer") ? "answered" : null);
      const [first, second] = [
        link.ask(() => Buffer.from("first"), listen, limits(100)),
        link.ask(() => Buffer.from("second"), listen, limits(60_000)),
      ];
      assert.equal(await first, null, "nobody answers it");
      const [, from] = (await once(bmc, "message")) as [Buffer, RemoteInfo];
      bmc.send(packetOf(link.consoleId, "answer"), from.port, from.address);
      assert.equal(await second, "answered");
    } finally {
      datagrams.close();
      bmc.close();
    }
  });

  it("sends nothing more once it could not be sent", async () => {
    const datagrams = new Datagrams();
    const link = new Link(datagrams, { address: "127.0.0.1", family: 4, port: 9 });
    datagrams.close();
    let sent = 0;
    const packet = () => {
      sent++;
      return Buffer.from("question");
    };
    await assert.rejects(
      link.ask(packet, () => null, limits(60_000)),
      IpmiError,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(sent, 1);
  });
});
