/** The SNMP client against net-snmp's own agent, each answer compared with that of net-snmp's own tools. */
import assert from "node:assert/strict";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type SnmpAgent, type SnmpCredentials, withSnmp } from "../../../../drivers/snmp/client/session.ts";
import { SnmpError, type SnmpTrouble } from "../../../../drivers/snmp/client/snmp-error.ts";
import { COMMUNITY, hasSnmpd, KEYS, Snmpd, WRITE_COMMUNITY } from "../../../support/snmpd.ts";

const SYS_DESCR = "1.3.6.1.2.1.1.1.0";
const SYS_CONTACT = "1.3.6.1.2.1.1.4.0";
const SYS_SERVICES = "1.3.6.1.2.1.1.7.0";
const OR_DESCR = "1.3.6.1.2.1.1.9.1.3";
const ABSENT = "1.3.6.1.4.1.99999.1.0";
/** Types of PDUs. */
const [GET, RESPONSE] = [0xa0, 0xa2];
const live = () => AbortSignal.timeout(30_000);

const auth = { protocol: "sha", key: KEYS.auth } as const;
const LOGINS: readonly (readonly [string, SnmpCredentials])[] = [
  ["v1", { version: "1", community: COMMUNITY }],
  ["v2c", { version: "2c", community: COMMUNITY }],
  ["v3 without authentication", { version: "3", user: "plain", auth: null, priv: null, context: "" }],
  ["v3 signed with SHA", { version: "3", user: "signed", auth, priv: null, context: "" }],
  [
    "v3 signed with SHA-256, sealed with AES",
    {
      version: "3",
      user: "sealed",
      auth: { protocol: "sha256", key: KEYS.auth },
      priv: { protocol: "aes", key: KEYS.priv },
      context: "",
    },
  ],
];

describe("SNMP client with snmpd", function () {
  this.timeout(60_000);
  let agent: Snmpd;

  before(async function () {
    if (!hasSnmpd()) this.skip();
    agent = await Snmpd.start();
  });
  after(async () => await agent?.[Symbol.asyncDispose]());

  for (const [name, credentials] of LOGINS) {
    it(`reads values as snmpget does, by ${name}`, async () => {
      const found = await withSnmp(agent.agent(credentials), live(), (session) =>
        session.get([SYS_DESCR, ABSENT, SYS_SERVICES]),
      );
      assert.equal(`.${SYS_DESCR} "${found.get(SYS_DESCR)}"`, await agent.get(SYS_DESCR));
      assert.equal(`.${SYS_SERVICES} ${found.get(SYS_SERVICES)}`, await agent.get(SYS_SERVICES));
      assert.equal(found.has(ABSENT), false);
    });

    it(`walks a table as snmpbulkwalk does, by ${name}`, async () => {
      const found = await withSnmp(agent.agent(credentials), live(), (session) => session.walk(OR_DESCR));
      const lines = [...found].map(([rest, value]) => `.${OR_DESCR}.${rest} "${value}"`);
      assert.deepEqual(lines, await agent.walk(OR_DESCR));
      assert.ok(found.size > 3);
    });
  }

  it("sets a value that snmpget then shows", async () => {
    const writer = agent.agent({ version: "2c", community: WRITE_COMMUNITY });
    await withSnmp(writer, live(), (session) => session.set([{ oid: SYS_CONTACT, type: "text", value: "the smith" }]));
    assert.equal(await agent.get(SYS_CONTACT), `.${SYS_CONTACT} "the smith"`);
  });

  it("says which request was refused, and why", async () => {
    const setting = { oid: SYS_CONTACT, type: "text", value: "nobody" } as const;
    const error = await failure(agent.agent(), (session) => session.set([setting]));
    assert.equal(error.trouble, "refused");
    assert.match(error.message, /noAccess|authorizationError|notWritable/);
  });

  it("tells wrong keys of v3 from silence", async () => {
    const wrong = { ...auth, key: "another secret" };
    const error = await failure(agent.agent({ version: "3", user: "signed", auth: wrong, priv: null, context: "" }));
    assert.equal(error.trouble, "credentials");
    assert.doesNotMatch(error.message, /another secret/);
  });

  it("calls a wrong community silence, as the protocol does", async () => {
    const strange = { ...agent.agent({ version: "2c", community: "strangers" }), timeoutMs: 100, retries: 1 };
    const error = await failure(strange);
    assert.equal(error.trouble, "silent");
    assert.match(error.message, /0\.2 s/);
    assert.doesNotMatch(error.message, /strangers/);
  });

  it("tells who listens of each request, without the community", async () => {
    const told: string[] = [];
    const work = (session: { get(oids: readonly string[]): Promise<unknown> }) => session.get([SYS_SERVICES]);
    await withSnmp(agent.agent(), live(), work, (request, answer, fault) =>
      told.push(`${request} | ${answer} | ${fault}`),
    );
    assert.deepEqual(told, [`Get ${SYS_SERVICES} | ${SYS_SERVICES}=72 | null`]);
  });
});

describe("SNMP client with agents that misbehave", () => {
  it("gives up an agent that does not answer, in the time it was given", async () => {
    await using silent = await listener(() => null);
    assert.equal((await failure(silent.agent)).trouble, "silent");
  });

  it("ends at once when it is called off", async () => {
    await using silent = await listener(() => null);
    const stop = new AbortController();
    const reading = withSnmp({ ...silent.agent, timeoutMs: 60_000 }, stop.signal, (session) =>
      session.get([SYS_DESCR]),
    );
    setTimeout(() => stop.abort(new Error("called off")), 20);
    await assert.rejects(reading, /called off/);
  });

  it("names a host that cannot be resolved", async () => {
    const error = await failure({ ...(await noAgent()), host: "no-such-host.invalid" });
    assert.equal(error.trouble, "address");
  });

  it("takes no value of another object than it asked for", async () => {
    await using confused = await listener((request) => {
      const answer = answering(request);
      // The instance, and in place of the empty value that there is none.
      answer.set([7, 0x05], answer.length - 3);
      return answer;
    });
    assert.equal((await failure(confused.agent)).trouble, "malformed");
  });

  it("takes no answer of somebody else, whatever its number is", async () => {
    await using stranger = await listener(() => null);
    await using agent = await listener((request, from) => {
      stranger.send(refusing(request), from);
      return answering(request);
    });
    const found = await withSnmp({ ...agent.agent, timeoutMs: 5000 }, live(), (session) => session.get([SYS_DESCR]));
    assert.equal(found.size, 0);
  });

  it("says who has answered in place of an agent that is silent", async () => {
    await using stranger = await listener(() => null);
    await using silent = await listener((request, from) => {
      stranger.send(answering(request), from);
      return null;
    });
    const error = await failure(silent.agent);
    assert.equal(error.trouble, "silent");
    assert.ok(error.message.includes(`127.0.0.1:${stranger.agent.port} does not count`), error.message);
  });

  it("outlives a report of v3 in place of an answer, which the protocol's library throws at, and is done in its time", async () => {
    await using confused = await listener((request) => {
      const answer = Buffer.from(request);
      answer[answer.indexOf(0xa0)] = 0xa8;
      return answer;
    });
    assert.match((await failure(confused.agent)).message, /answered what cannot be read/);
  });

  it("survives answers that are cut, changed or made up, with an error of its own at most", async () => {
    const random = seeded(11);
    await using garbage = await listener((request) => mangled(request, random));
    const troubles = new Set<SnmpTrouble>();
    for (let round = 0; round < 300; round++) {
      const quick = { ...garbage.agent, timeoutMs: 4, retries: 0 };
      const error = await withSnmp(quick, live(), (session) => session.walk("1.3.6.1.2.1.1")).then(
        () => null,
        (problem: unknown) => problem,
      );
      assert.ok(error === null || error instanceof SnmpError, String(error));
      if (error !== null) troubles.add(error.trouble);
    }
    assert.ok(troubles.size > 0);
  });
});

type Work = Parameters<typeof withSnmp<unknown>>[2];

async function failure(agent: SnmpAgent, work: Work = (session) => session.get([SYS_DESCR])): Promise<SnmpError> {
  const error = await withSnmp(agent, live(), work).then(
    () => null,
    (problem: unknown) => problem,
  );
  assert.ok(error instanceof SnmpError, `no SnmpError: ${error}`);
  return error;
}

async function listener(answer: (request: Buffer, from: RemoteInfo) => Buffer | null) {
  const socket = createSocket("udp4");
  const send = (datagram: Buffer, to: RemoteInfo) => socket.send(datagram, to.port, to.address);
  socket.on("message", (request, from) => {
    const reply = answer(request, from);
    if (reply !== null) send(reply, from);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  const agent: SnmpAgent = {
    host: "127.0.0.1",
    port,
    credentials: { version: "2c", community: COMMUNITY },
    timeoutMs: 50,
    retries: 1,
  };
  return {
    agent,
    send,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void socket.close(() => resolve())),
  };
}

async function noAgent(): Promise<SnmpAgent> {
  await using gone = await listener(() => null);
  return gone.agent;
}

/** The request made an answer to it, of no value. */
function answering(request: Buffer): Buffer {
  const answer = Buffer.from(request);
  answer[answer.indexOf(GET)] = RESPONSE;
  return answer;
}

/** The same with the error status genErr, which stands behind the request's number. */
function refusing(request: Buffer): Buffer {
  const answer = answering(request);
  const at = answer.indexOf(RESPONSE) + 2;
  answer[at + 2 + (answer[at + 1] ?? 0) + 2] = 5;
  return answer;
}

/** The request made an answer (PDU type A2), with some of its bytes changed, doubled or taken away. */
function mangled(request: Buffer, random: () => number): Buffer {
  const bytes = [...request].map((byte) => (byte === 0xa5 || byte === 0xa1 ? 0xa2 : byte));
  const changes = Math.floor(random() * 4);
  for (let change = 0; change < changes; change++) {
    const at = Math.floor(random() * bytes.length);
    if (random() < 0.7) bytes[at] = Math.floor(random() * 256);
    else bytes.splice(at, Math.floor(random() * 5));
  }
  return Buffer.from(bytes);
}

/** Numbers from 0 to 1 that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
