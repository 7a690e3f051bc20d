/** SNMP answers over a real socket: whatever an agent sends, a request ends with a value or a fault, and nothing else breaks. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type SnmpAgent, type SnmpSession, withSnmp } from "../../../drivers/snmp/client/session.ts";
import { SnmpError } from "../../../drivers/snmp/client/snmp-error.ts";
import { hold, type Target, type TargetKind } from "../target.ts";

const OID = "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.5";
const PATIENCE_MS = 1000;
/** Stands in the inputs where the number of the request belongs, which the client draws anew each time. */
const NUMBER = Buffer.from("RQID");
const [GET_REQUEST, RESPONSE] = [0xa0, 0xa2];

const ber = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const integer = (value: number) => ber(2, Buffer.from([value]));
const name = (last: number) => ber(6, Buffer.from([0x2b, 6, 1, 4, 1, 0x82, 0x3e, 1, 1, 12, 3, 3, 1, 1, 4, last]));
const answer = (value: Buffer, { status = 0, last = 5, version = 1 } = {}) =>
  ber(
    0x30,
    integer(version),
    ber(4, Buffer.from("public")),
    ber(RESPONSE, ber(2, NUMBER), integer(status), integer(status), ber(0x30, ber(0x30, name(last), value))),
  );

const SEEDS = [
  answer(integer(1)),
  answer(ber(4, Buffer.from("2.5"))),
  answer(ber(0x46, Buffer.alloc(9, 0xff))),
  answer(ber(6, Buffer.from([0x2b, 6, 1]))),
  answer(ber(0x81)),
  answer(ber(0x82)),
  answer(ber(5), { status: 2 }),
  answer(ber(0x40, Buffer.from([10, 0, 0, 1])), { last: 6 }),
  answer(integer(1), { version: 3 }),
  ber(0x30, integer(3), ber(0x30, ber(2, NUMBER), integer(1), ber(4, Buffer.from([4])), integer(3)), ber(4, ber(0x30))),
];

/** The request itself, become an answer that there is no such object: it ends every exchange at once. */
function ending(request: Buffer): Buffer {
  const reply = Buffer.from(request);
  const pdu = reply.indexOf(GET_REQUEST);
  if (pdu >= 0) reply[pdu] = RESPONSE;
  reply[reply.length - 2] = 0x81;
  return reply;
}

/** The number of a request, as it stands there. */
function numberOf(request: Buffer): Buffer {
  const pdu = request.indexOf(GET_REQUEST);
  const length = request[pdu + 3] ?? 0;
  const number = Buffer.alloc(4);
  request.copy(number, 4 - length, pdu + 4, pdu + 4 + length);
  return number;
}

async function open(): Promise<Target> {
  const socket: Socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  let input = Buffer.alloc(0);
  socket.on("message", (request: Buffer, { port, address }: RemoteInfo) => {
    const at = input.indexOf(NUMBER);
    const said = at < 0 ? input : Buffer.concat([input.subarray(0, at), numberOf(request), input.subarray(at + 4)]);
    if (said.length > 0) socket.send(said, port, address);
    socket.send(ending(request), port, address);
  });
  const agent: SnmpAgent = {
    host: "127.0.0.1",
    port: socket.address().port,
    credentials: { version: "2c", community: "public" },
    timeoutMs: PATIENCE_MS,
    retries: 0,
  };
  return {
    name: "SNMP answer",
    what: "drivers/snmp/client over a socket: one Get, the fuzzed answer before the true one",
    seeds: SEEDS,
    words: [
      NUMBER,
      Buffer.from([0x30, 0x82]),
      Buffer.from([RESPONSE]),
      Buffer.from([0x84, 0xff, 0xff, 0xff, 0xff]),
      "public",
      Buffer.from([0x80]),
    ],
    async run(bytes) {
      input = Buffer.from(bytes);
      await asked(agent);
    },
    close: async () => void socket.close(),
  };
}

/** @throws what is no SnmpError, and errors that nobody caught */
async function asked(agent: SnmpAgent): Promise<void> {
  const escaped: unknown[] = [];
  const note = (error: unknown) => escaped.push(error);
  process.on("uncaughtException", note);
  try {
    const found = await withSnmp(agent, AbortSignal.timeout(2 * PATIENCE_MS), (session: SnmpSession) =>
      session.get([OID]),
    );
    hold(found.size <= 1, "more values than were asked for");
    for (const key of found.keys()) hold(key === OID, `a value of ${key}`);
  } catch (error) {
    if (!(error instanceof SnmpError)) throw error;
  } finally {
    process.off("uncaughtException", note);
  }
  if (escaped.length > 0) throw escaped[0];
}

export const snmpTargets: readonly TargetKind[] = [{ name: "SNMP answer", open }];
