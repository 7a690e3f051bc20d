/** Whatever a network or a broken BMC sends: parsers answer null or say so, and a client lives on. Seeded. */
import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import fc from "fast-check";
import { decodeBootFlags } from "../../../../../drivers/ipmi/client/boot-options.ts";
import { chassisStatus } from "../../../../../drivers/ipmi/client/chassis.ts";
import { keysFrom, suiteOf } from "../../../../../drivers/ipmi/client/cipher-suites.ts";
import { IpmiClient, type Send } from "../../../../../drivers/ipmi/client/client.ts";
import { powerReading } from "../../../../../drivers/ipmi/client/dcmi.ts";
import { deviceId, systemGuid } from "../../../../../drivers/ipmi/client/device.ts";
import { parseFru, readFru } from "../../../../../drivers/ipmi/client/fru.ts";
import { IpmiError } from "../../../../../drivers/ipmi/client/ipmi-error.ts";
import { answerIn, decodeMessage, encodeMessage } from "../../../../../drivers/ipmi/client/message.ts";
import { openPacket, readHeader, sealPacket } from "../../../../../drivers/ipmi/client/packet.ts";
import { readOpenSession, readRakp2, replyHead } from "../../../../../drivers/ipmi/client/rakp.ts";
import { selEntries, selInfo } from "../../../../../drivers/ipmi/client/sel.ts";
import { sensorOf } from "../../../../../drivers/ipmi/client/sensor-record.ts";
import { findSensors, readSensors } from "../../../../../drivers/ipmi/client/sensors.ts";
import { SequenceWindow } from "../../../../../drivers/ipmi/client/sequence-window.ts";
import { RmcpBmc } from "../../../../support/rmcp-bmc.ts";
import { bmcAt, never } from "./bench.ts";

const RUNS = { seed: 20260, numRuns: 3000 };
const bytes = (maxLength = 300) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const suite = suiteOf(17) ?? assert.fail("suite 17");
const keys = keysFrom(suite, Buffer.alloc(32, 7));

describe("IPMI client under bad input", () => {
  it("parsers of packets, messages and records take any bytes", () => {
    const request = { name: "any", netFn: 6, cmd: 1 };
    const parsers: readonly ((input: Buffer) => unknown)[] = [
      readHeader,
      decodeMessage,
      replyHead,
      (input) => readOpenSession(input, suite),
      (input) => readRakp2(input, suite),
      (input) => answerIn(input, request, 1, true),
      decodeBootFlags,
      (input) => sensorOf({ id: 1, type: 1 + ((input[0] ?? 0) % 2), bytes: input }),
    ];
    fc.assert(
      fc.property(bytes(), (input) => {
        for (const parse of parsers) parse(input);
      }),
      RUNS,
    );
  });

  it("a sealed packet opens; with any bit of it turned, or cut anywhere, it does not", () => {
    const message = Buffer.from("20186881041a05", "hex");
    const sealed = sealPacket(keys, 0x1234, 1, message);
    const opened = (packet: Buffer) => {
      const head = readHeader(packet);
      return head === null ? null : openPacket(keys, packet, head);
    };
    assert.deepEqual(opened(sealed), message);
    // The first four bytes are RMCP's own, which no code covers.
    for (let bit = 32; bit < sealed.length * 8; bit++) {
      const forged = Buffer.from(sealed);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(opened(forged), null, `bit ${bit}`);
    }
    for (let length = 0; length < sealed.length; length++) assert.equal(opened(sealed.subarray(0, length)), null);
  });

  it("messages come back as they went, and not with a wrong checksum", () => {
    const [byte, data] = [fc.nat(255), bytes(60)];
    const parts = { to: byte, from: byte, netFn: fc.nat(63), lun: fc.nat(3), sequence: fc.nat(63), cmd: byte, data };
    fc.assert(
      fc.property(fc.record(parts, { noNullPrototype: true }), fc.nat(), (given, where) => {
        const message = encodeMessage(given);
        assert.deepEqual(decodeMessage(message), given);
        const at = where % message.length;
        message[at] = (message[at] ?? 0) ^ 0x10;
        assert.equal(decodeMessage(message), null);
      }),
      RUNS,
    );
  });

  it("a sequence number is taken once, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 80 }), (numbers) => {
        const window = new SequenceWindow();
        const taken = numbers.filter((number) => window.accept(number));
        assert.equal(new Set(taken).size, taken.length);
      }),
      RUNS,
    );
    const window = new SequenceWindow();
    assert.deepEqual(
      [0xfffffffe, 0xffffffff, 1, 0xffffffff, 0, 2, 500].map((number) => window.accept(number)),
      [...[true, true, true, false, false, true, false]],
    );
  });

  it("functions answer or say that the BMC's data is malformed, and come to an end", async () => {
    const functions: readonly ((send: Send) => Promise<unknown>)[] = [
      ...[chassisStatus, deviceId, systemGuid, powerReading, selInfo, readFru],
      (send) => selEntries(send),
      async (send) => readSensors(send, await findSensors(send)),
      async () => parseFru(Buffer.alloc(3)),
    ];
    const answers = fc.infiniteStream(bytes(40));
    const takes = fc.asyncProperty(answers, fc.constantFrom(...functions), async (stream, work) => {
      const send: Send = async () => stream.next().value ?? Buffer.alloc(0);
      await work(send).catch((error: unknown) => assert.ok(error instanceof IpmiError, String(error)));
    });
    await fc.assert(takes, { seed: 20261, numRuns: 600 });
  });

  it("datagrams of any kind while it works: dropped, and each question gets its own answer", async () => {
    const bmc = await RmcpBmc.start({
      line: (packet) => [...noise.splice(0, 20).map((part) => mixed(part, packet)), packet],
    });
    const noise = fc.sample(bytes(1400), { seed: 20262, numRuns: 2000 });
    const client = new IpmiClient();
    try {
      const send = client.sender(bmcAt(bmc.port, { cipherSuites: [17] }), { signal: never });
      for (let turn = 0; noise.length > 0; turn++) {
        bmc.power = turn % 2 === 0;
        assert.equal((await chassisStatus(send)).power, bmc.power);
      }
      assert.equal(bmc.opened, 1);
    } finally {
      await client.close();
      bmc.stop();
    }
  });

  it("packets from elsewhere do not count, even with the right session in them", async () => {
    const stranger = createSocket("udp4").bind(0, "127.0.0.1");
    await once(stranger, "listening");
    const bmc = await RmcpBmc.start({ line: (packet) => [packet] });
    const relay = await behind(bmc.port, stranger);
    const client = new IpmiClient();
    try {
      const send = client.sender(bmcAt(relay.port, { timeoutMs: 300 }), { signal: never });
      await assert.rejects(chassisStatus(send), (error) => error instanceof IpmiError && error.trouble === "silent");
      assert.ok(client.droppedPackets > 0);
    } finally {
      await client.close();
      relay.close();
      stranger.close();
      bmc.stop();
    }
  });
});

/** Half of the noise looks like an answer at its beginning. */
function mixed(part: Buffer, packet: Buffer): Buffer {
  return part.length % 2 === 0 ? part : Buffer.concat([packet.subarray(0, part.length % packet.length), part]);
}

/** Passes a client's packets on to a BMC, whose answers come back from another port. */
async function behind(bmcPort: number, stranger: Socket): Promise<{ port: number; close: () => void }> {
  const front = createSocket("udp4").bind(0, "127.0.0.1");
  await once(front, "listening");
  let client: RemoteInfo | null = null;
  front.on("message", (packet, from) => {
    client = from;
    stranger.send(packet, bmcPort, "127.0.0.1");
  });
  stranger.on("message", (packet) => {
    if (client !== null) stranger.send(packet, client.port, client.address);
  });
  return { port: front.address().port, close: () => front.close() };
}
