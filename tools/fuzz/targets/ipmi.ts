/** What BMCs send: packets before and in a session, answers to every function, records, and what ipmitool prints. */
import { isDeepStrictEqual } from "node:util";
import { readAuthCapabilities } from "../../../drivers/ipmi/client/auth-capabilities.ts";
import { bootFlags, decodeBootFlags, encodeBootFlags } from "../../../drivers/ipmi/client/boot-options.ts";
import { chassisStatus } from "../../../drivers/ipmi/client/chassis.ts";
import { keysFrom, suiteOf } from "../../../drivers/ipmi/client/cipher-suites.ts";
import type { Send } from "../../../drivers/ipmi/client/client.ts";
import { powerReading } from "../../../drivers/ipmi/client/dcmi.ts";
import { deviceId, systemGuid } from "../../../drivers/ipmi/client/device.ts";
import { parseFru, readFru } from "../../../drivers/ipmi/client/fru.ts";
import { IpmiError } from "../../../drivers/ipmi/client/ipmi-error.ts";
import { lanSettings } from "../../../drivers/ipmi/client/lan.ts";
import { answerIn, decodeMessage, encodeMessage } from "../../../drivers/ipmi/client/message.ts";
import { openPacket, plainPacket, readHeader, sealPacket } from "../../../drivers/ipmi/client/packet.ts";
import { readOpenSession, readRakp2, replyHead } from "../../../drivers/ipmi/client/rakp.ts";
import { sdrStamp } from "../../../drivers/ipmi/client/sdr.ts";
import { selEntries, selInfo } from "../../../drivers/ipmi/client/sel.ts";
import { convert, sensorOf } from "../../../drivers/ipmi/client/sensor-record.ts";
import { findSensors, readSensors } from "../../../drivers/ipmi/client/sensors.ts";
import { readSolPacket, solPacket } from "../../../drivers/ipmi/client/sol.ts";
import { solSettings } from "../../../drivers/ipmi/client/sol-settings.ts";
import { users } from "../../../drivers/ipmi/client/users.ts";
import { readingsIn } from "../../../drivers/ipmi/ipmitool-sensors.ts";
import { hold, type Target, type TargetKind } from "../target.ts";

const suite = suiteOf(17);
if (suite === null) throw new Error("cipher suite 17 is gone");
const keys = keysFrom(suite, Buffer.alloc(32, 7));
const SESSION = 0x1234;
const REQUEST = { name: "any", netFn: 6, cmd: 1 };
const ANSWER = encodeMessage({
  ...{ to: 0x81, from: 0x20, netFn: 7, lun: 0, sequence: 1, cmd: 1 },
  data: Buffer.from([0, 0x20, 1, 2, 0x15, 2, 0xbf, 0x57, 1, 0, 9, 0]),
});

const packets: Target = {
  name: "IPMI packet",
  what: "drivers/ipmi/client: header, session set-up, sealed packet, message and serial line of a datagram",
  seeds: [
    plainPacket(0x11, Buffer.from(`00000400${"11223344".repeat(2)}${"0000000801000000".repeat(3)}`, "hex")),
    plainPacket(0x13, Buffer.alloc(72, 1)),
    sealPacket(keys, SESSION, 1, ANSWER),
    ANSWER,
    Buffer.from("0600ff07000000000000000000108120631c20000438000180150200000000aa", "hex"),
    Buffer.from([1, 0, 0, 0, 104, 101, 108, 108, 111]),
    // A LUN beside the sequence number: nothing here asks for it, and it is not written again.
    Buffer.from("815c2320811c2320", "hex"),
  ],
  words: [Buffer.from([6, 0, 0xff, 7, 6]), Buffer.from([0xc0]), Buffer.from([0xff, 0xff]), Buffer.from([0x1c, 0x34])],
  run(input) {
    const head = readHeader(input);
    const message = head === null ? null : openPacket(keys, input, head);
    for (const bytes of [input, message, head?.payload]) if (bytes) read(bytes);
    const sealed = sealPacket(keys, SESSION, 1, input.subarray(0, 400));
    const again = readHeader(sealed);
    const opened = again === null ? null : openPacket(keys, sealed, again);
    hold(opened?.equals(input.subarray(0, 400)) ?? false, "a sealed packet does not open to what it held");
  },
};

function read(bytes: Buffer): void {
  replyHead(bytes);
  if (suite !== null) readOpenSession(bytes, suite);
  if (suite !== null) readRakp2(bytes, suite);
  readAuthCapabilities(bytes);
  answerIn(bytes, REQUEST, 1, true);
  const message = decodeMessage(bytes);
  if (message !== null) hold(isDeepStrictEqual(decodeMessage(encodeMessage(message)), message), "a message changes");
  const line = readSolPacket(bytes);
  if (line === null) return;
  hold(line.data.length === bytes.length - 4, "characters of the serial line are lost or made up");
  hold(readSolPacket(solPacket(line))?.sequence === line.sequence, "a packet of the serial line changes");
}

const FUNCTIONS: readonly ((send: Send) => Promise<unknown>)[] = [
  ...[chassisStatus, deviceId, systemGuid, powerReading, selInfo, selEntries, readFru, bootFlags],
  ...[lanSettings, users, solSettings, sdrStamp],
  async (send) => readSensors(send, await findSensors(send)),
];
/** Beyond what any BMC needs to tell all that it has. */
const MOST_QUESTIONS = 200_000;

/** First byte: the function. Then answers, each with its length before it; 255 says that the next byte is a completion code. */
const answers: Target = {
  name: "IPMI answers",
  what: "drivers/ipmi/client: every function of the client, answered by the input: its data, or IpmiError",
  seeds: FUNCTIONS.map((_, at) =>
    Buffer.concat([Buffer.from([at]), Buffer.alloc(60, 4), Buffer.from([255, 0xc5, 3, 1, 2, 3])]),
  ),
  words: [Buffer.from([255, 0xcb]), Buffer.from([255, 0xca]), Buffer.from([255, 0x80]), Buffer.from([2, 0xff, 0xff])],
  async run(input) {
    let [at, questions] = [1, 0];
    const send: Send = async (request) => {
      hold(++questions < MOST_QUESTIONS, `${request.name} asks without end`);
      const length = input[at++] ?? 0;
      if (length === 255) throw new IpmiError("refused", "refused", input[at++] ?? 0xc1);
      const data = input.subarray(at, at + length);
      at += length;
      return data;
    };
    const work = FUNCTIONS[(input[0] ?? 0) % FUNCTIONS.length];
    await work?.(send).catch((error: unknown) => {
      if (!(error instanceof IpmiError)) throw error;
    });
  },
};

const records: Target = {
  name: "IPMI records",
  what: "drivers/ipmi/client: sensor record with every raw value converted, FRU area, boot flags",
  seeds: [
    Buffer.concat([
      Buffer.from("010051012f200001077f680101", "hex"),
      Buffer.alloc(35, 1),
      Buffer.from("c4496e6c65", "hex"),
    ]),
    Buffer.from([1, 0, 1, 3, 5, 0, 0, 0xf6, 1, 2, 0x17, 0xc1, 0, 0, 0, 0x25]),
    Buffer.from([0xe0, 0x14, 0x40, 0, 3]),
  ],
  words: [Buffer.from([0xc1]), Buffer.from([1, 0, 1]), Buffer.from([0x70]), Buffer.from([0x07])],
  run(input) {
    for (const type of [1, 2]) {
      const sensor = sensorOf({ id: 1, type, bytes: input });
      if (!sensor?.analog) continue;
      for (let raw = 0; raw < 256; raw++) {
        const value = convert(raw, sensor.analog, sensor.analog.factors);
        hold(value === null || Number.isFinite(value), "a reading that is no number");
      }
    }
    try {
      parseFru(input);
    } catch (error) {
      if (!(error instanceof IpmiError)) throw error;
    }
    const flags = decodeBootFlags(input);
    if (flags === null || flags.device === "reserved") return;
    const { device, ...others } = flags;
    hold(decodeBootFlags(encodeBootFlags({ ...others, device }))?.device === device, "the boot device changes");
  },
};

const printed: Target = {
  name: "ipmitool sensors",
  what: "drivers/ipmi: what ipmitool prints of sensors",
  seeds: [Buffer.from("Inlet Temp,23,degrees C,ok\nFAN1,6300,RPM,lcr\nDisk,0x01,,ok\nP12V,no reading,Volts,ns\n")],
  words: ["degrees C", "ok", "ns", "ucr", ",", ",,", "\n", "no reading", "-1e999"],
  run(input) {
    const readings = readingsIn(input.toString("utf8"));
    hold(new Set(readings.map(({ name }) => name)).size === readings.length, "two sensors have one name");
    for (const { value } of readings) hold(value === null || Number.isFinite(value), "a reading that is no number");
  },
};

export const ipmiTargets: readonly TargetKind[] = [packets, answers, records, printed].map((target) => ({
  name: target.name,
  open: () => target,
}));
