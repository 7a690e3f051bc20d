/** The serial line of the IPMI client: numbered, acknowledged, repeated, taken over and lost. */
import assert from "node:assert/strict";
import { IpmiClient } from "../../../../../drivers/ipmi/client/client.ts";
import type { IpmiError } from "../../../../../drivers/ipmi/client/ipmi-error.ts";
import type { SolLine, SolOptions } from "../../../../../drivers/ipmi/client/sol.ts";
import { ScriptedBmc, type ScriptedBmcOptions } from "../../../../support/scripted-bmc.ts";
import { bmcAt, never, trouble } from "./bench.ts";

/** Acknowledges all, and tells what it took. */
class Machine {
  readonly taken: string[] = [];
  readonly flags: number[] = [];
  readonly sequences: number[] = [];
  /** Packets that are only acknowledgements: number and characters taken. */
  readonly acknowledged: [number, number][] = [];
  /** What it says to a packet instead: characters taken and status; null: nothing at all. */
  answer: (data: Buffer) => { accepted: number; status: number } | null = (data) => ({
    accepted: data.length,
    status: 0,
  });

  readonly sol = (packet: Buffer): readonly Buffer[] => {
    const [sequence = 0, acknowledged = 0, count = 0, flags = 0] = packet;
    if (sequence === 0) {
      this.acknowledged.push([acknowledged, count]);
      return [];
    }
    const data = packet.subarray(4);
    const answer = this.answer(data);
    if (answer === null) return [];
    this.flags.push(flags);
    this.sequences.push(sequence);
    this.taken.push(data.subarray(0, answer.accepted).toString());
    return [Buffer.from([0, sequence, answer.accepted, answer.status])];
  };
}

describe("IPMI client's serial line", () => {
  let client: IpmiClient;
  let machine: Machine;
  let bmc: ScriptedBmc | null = null;
  let heard: string[];
  let ends: (IpmiError | null)[];

  beforeEach(() => {
    client = new IpmiClient();
    machine = new Machine();
    [heard, ends] = [[], []];
  });
  afterEach(async () => {
    await client.close();
    bmc?.stop();
    bmc = null;
  });

  const commandsOf = (of: ScriptedBmc | null, since: number) =>
    (of?.heard ?? []).slice(since).filter((one) => one === "6 1").length;

  async function line(options: ScriptedBmcOptions = {}, more: SolOptions = {}): Promise<SolLine> {
    bmc ??= await ScriptedBmc.start({ sol: machine.sol, ...options });
    const listener = {
      data: (bytes: Buffer) => heard.push(bytes.toString()),
      ended: (reason: IpmiError | null) => ends.push(reason),
    };
    return await client.openLine(bmcAt(bmc.port, { cipherSuites: [17] }), listener, { signal: never, ...more });
  }

  it("writes in pieces that the BMC takes, numbered from 1 to 15 and around", async () => {
    const open = await line();
    await open.write(Buffer.from("0123456789ABCDEF"));
    assert.deepEqual(machine.taken, ["01234567", "89ABCDEF"]);
    for (let turn = 0; turn < 15; turn++) await open.write(Buffer.from("x"));
    assert.deepEqual(machine.sequences, [...Array.from({ length: 15 }, (_, at) => at + 1), 1, 2]);
  });

  it("leaves no session at a BMC whose user may not have the line", async () => {
    assert.equal((await trouble(line({ privilege: 3 }))).trouble, "privilege");
    assert.deepEqual([bmc?.opened, bmc?.active], [1, 0]);
  });

  it("hears each packet once, and acknowledges it with its characters, however often it comes", async () => {
    await line();
    const packet = Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.from("login: ")]);
    for (let time = 0; time < 3; time++) bmc?.print(packet);
    bmc?.print(Buffer.concat([Buffer.from([4, 0, 0, 0]), Buffer.from("root")]));
    await until(() => machine.acknowledged.length === 4);
    assert.deepEqual(heard, ["login: ", "root"]);
    assert.deepEqual(machine.acknowledged, [...Array(3).fill([3, 7]), [4, 4]]);
  });

  it("acknowledges a packet that has grown with what it had at first: the rest comes again", async () => {
    await line();
    const packet = (sequence: number, text: string) =>
      bmc?.print(Buffer.concat([Buffer.from([sequence, 0, 0, 0]), Buffer.from(text)]));
    packet(3, "log");
    packet(3, "login: ");
    packet(4, "in: ");
    await until(() => machine.acknowledged.length === 3);
    assert.deepEqual(heard, ["log", "in: "]);
    assert.deepEqual(machine.acknowledged, [
      [3, 3],
      [3, 3],
      [4, 4],
    ]);
  });

  it("keeps its session with commands, however much the machine prints: a BMC may count nothing else", async () => {
    await line({}, { keepAliveMs: 50 });
    const before = bmc?.heard.length ?? 0;
    for (let sequence = 1; commandsOf(bmc, before) < 3; sequence = (sequence % 15) + 1) {
      bmc?.print(Buffer.concat([Buffer.from([sequence, 0, 0, 0]), Buffer.from("x")]));
      await new Promise((done) => setTimeout(done, 10));
    }
    assert.deepEqual(ends, []);
  });

  it("sends the rest of what a full BMC took in part", async () => {
    let isFull = true;
    machine.answer = (data) => {
      const answer = isFull ? { accepted: 3, status: 0x40 } : { accepted: data.length, status: 0 };
      isFull = false;
      return answer;
    };
    await (await line()).write(Buffer.from("abcdefgh"));
    assert.deepEqual(machine.taken, ["abc", "defgh"]);
    assert.deepEqual(machine.sequences, [1, 2], "the rest is a packet of its own");
  });

  it("sends again what is not acknowledged, under the same number", async () => {
    let lost = 2;
    machine.answer = (data) => (lost-- > 0 ? null : { accepted: data.length, status: 0 });
    await (await line()).write(Buffer.from("once"));
    assert.deepEqual([machine.taken, machine.sequences], [["once"], [1]]);
  }).timeout(5000);

  it("sends a break", async () => {
    await (await line()).sendBreak();
    assert.deepEqual(machine.flags, [0x10]);
  });

  it("is refused where another session has it, and taken over on demand: the other is told", async () => {
    await line();
    const refused = await trouble(line());
    assert.match(refused.message, /already active on another session \(completion code 80h\)/);
    const mine = await line({}, { takeOver: true });
    await until(() => ends.length === 1);
    assert.match(ends[0]?.message ?? "", /the BMC has ended the serial line/);
    await mine.write(Buffer.from("hello"));
    assert.deepEqual(machine.taken, ["hello"]);
  });

  it("gives the line and its session back", async () => {
    const open = await line();
    await open.close();
    assert.deepEqual(ends, [null]);
    assert.deepEqual(bmc?.heard.slice(-2), ["6 49", "6 3c"]);
    assert.equal(bmc?.active, 0);
    await assert.rejects(open.write(Buffer.from("late")), /closed/);
  });

  it("ends with the client", async () => {
    await line();
    await client.close();
    assert.deepEqual(ends, [null]);
    assert.equal(bmc?.active, 0);
  });

  it("says so where the BMC has no line", async () => {
    bmc = await ScriptedBmc.start();
    assert.match((await trouble(line())).message, /Activate Payload: invalid command/);
    assert.equal(bmc.active, 0, "its session is closed");
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    await new Promise((ok) => setTimeout(ok, 10));
    if (isSo()) return;
  }
  assert.fail("it did not come to that");
}
