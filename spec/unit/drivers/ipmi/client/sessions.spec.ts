/** Sessions of the IPMI client: kept and given up, on bad lines, under forged packets, and on cipher suite 17. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BootDevice, bootFlags, setBootFlags } from "../../../../../drivers/ipmi/client/boot-options.ts";
import { chassisControl, chassisStatus } from "../../../../../drivers/ipmi/client/chassis.ts";
import { type Bmc, IpmiClient } from "../../../../../drivers/ipmi/client/client.ts";
import { powerReading } from "../../../../../drivers/ipmi/client/dcmi.ts";
import { resetBmc } from "../../../../../drivers/ipmi/client/device.ts";
import { hasIpmiSim } from "../../../../support/ipmi-sim.ts";
import { RmcpBmc, type RmcpBmcOptions } from "../../../../support/rmcp-bmc.ts";
import { ScriptedBmc } from "../../../../support/scripted-bmc.ts";
import { bmcAt, ipmitool, never, shown, trouble } from "./bench.ts";

describe("IPMI client's sessions", () => {
  const scripted: ScriptedBmc[] = [];
  after(() => {
    for (const bmc of scripted) bmc.stop();
  });
  async function without20(without: "2.0" | "rmcp+"): Promise<{ port: number }> {
    const bmc = await ScriptedBmc.start({ without });
    scripted.push(bmc);
    return bmc;
  }

  let client: IpmiClient;
  let bmcs: RmcpBmc[] = [];
  beforeEach(() => {
    client = new IpmiClient();
  });
  afterEach(async () => {
    await client.close();
    for (const bmc of bmcs) bmc.stop();
    bmcs = [];
  });

  async function bmc(options: RmcpBmcOptions = {}): Promise<RmcpBmc> {
    const started = await RmcpBmc.start(options);
    bmcs.push(started);
    return started;
  }
  const at = ({ port }: { port: number }, more: Partial<Bmc> = {}) =>
    bmcAt(port, { retransmitMs: 40, timeoutMs: 3000, ...more });
  const status = (to: { port: number }, more: Partial<Bmc> = {}, nextUseMs?: number) =>
    chassisStatus(client.sender(at(to, more), { signal: never, ...(nextUseMs === undefined ? {} : { nextUseMs }) }));

  for (const suite of [3, 17] as const)
    it(`suite ${suite}: power, every boot flag and DCMI, as the real ipmitool sees the same BMC`, async function () {
      if (!hasIpmiSim()) this.skip();
      const to = await bmc({ suites: [suite] });
      const send = client.sender(at(to, { cipherSuites: [suite] }), { signal: never });
      for (const command of ["on", "off"] as const) {
        await chassisControl(send, command);
        assert.match(await ipmitool(to.port, suite, "power", "status"), new RegExp(`Chassis Power is ${command}`));
        assert.equal((await chassisStatus(send)).power, command === "on");
      }
      await setBootFlags(send, { valid: true, persistent: true, efi: true, device: "cdrom", verbosity: 2 });
      const flags = await ipmitool(to.port, suite, "chassis", "bootparam", "get", "5");
      for (const words of [/Boot Flag Valid/, /all future boots/, /EFI boot/, /CD\/DVD/, /Request Verbose Display/])
        assert.match(flags, words);
      await ipmitool(to.port, suite, "chassis", "bootdev", "bios", "options=efiboot");
      const read = await bootFlags(send);
      assert.deepEqual([read.device, read.efi, read.persistent, read.valid], ["bios", true, false, true]);
      const [reading, theirs] = [
        await powerReading(send),
        shown(await ipmitool(to.port, suite, "dcmi", "power", "reading")),
      ];
      assert.equal(`${reading.current} Watts`, theirs["Instantaneous power reading"]);
      assert.equal(`${reading.minimum} Watts`, theirs["Minimum during sampling period"]);
      assert.equal(`${reading.average} Watts`, theirs["Average power reading over sample period"]);
      assert.equal(reading.active ? "activated" : "deactivated", theirs["Power reading state is"]);
    });

  it("carries each boot flag there and back", async () => {
    const to = await bmc();
    const bit = fc.boolean();
    const flags = fc.record(
      {
        ...{ valid: bit, persistent: bit, efi: bit, clearCmos: bit, lockKeyboard: bit, screenBlank: bit },
        ...{ lockResetButton: bit, lockPowerButton: bit, progressTraps: bit, bypassPassword: bit },
        ...{ lockSleepButton: bit, sharedModeOverride: bit },
        device: fc.constantFrom<BootDevice>("none", "pxe", "disk", "safe", "diagnostic", "floppy", "remote-cdrom"),
        ...{ verbosity: fc.nat(3), consoleRedirection: fc.nat(3), muxControl: fc.nat(7), instance: fc.nat(31) },
      },
      { noNullPrototype: true },
    );
    const send = client.sender(at(to), { signal: never });
    const goesBothWays = fc.asyncProperty(flags, async (given) => {
      await setBootFlags(send, given);
      assert.deepEqual(await bootFlags(send), given);
    });
    await fc.assert(goesBothWays, { seed: 7, numRuns: 50 });
  });

  it("keeps one while the next use is near, and asks for no second one", async () => {
    const to = await bmc({ slots: 1 });
    await Promise.all([status(to), status(to), status(to)]);
    assert.deepEqual([to.opened, to.active, client.keptSessions], [1, 1, 1]);
    const sequences = [...to.sequences];
    assert.deepEqual(sequences, [1, 2, 3], "three questions, each with a new number");
  });

  it("asks for its privilege once, and only for what a user may not do", async () => {
    const to = await bmc();
    const send = client.sender(at(to), { signal: never });
    await chassisStatus(send);
    assert.equal(to.heard.includes("6 3b"), false);
    await setBootFlags(send, { valid: true, device: "pxe" });
    await setBootFlags(send, { valid: true, device: "disk" });
    assert.equal(to.heard.filter((command) => command === "6 3b").length, 1);
  });

  it("closes one whose next use is a minute away, or did not come", async () => {
    const to = await bmc();
    await status(to, {}, 60_000);
    assert.deepEqual([to.active, client.keptSessions], [0, 0]);
    assert.equal(to.heard.at(-1), "6 3c");
    await status(to, {}, 30);
    await until(() => to.active === 0);
    assert.deepEqual([to.heard.at(-1), client.keptSessions], ["6 3c", 0]);
  });

  it("opens another when the BMC has forgotten it", async () => {
    const to = await bmc();
    await status(to);
    to.forgetSessions();
    to.power = true;
    assert.equal((await status(to)).power, true);
    assert.equal(to.opened, 2);
  });

  it("sends what must not take effect twice in a new session, and never in a second one", async () => {
    const to = await bmc({ line: (packet, { heard }) => (heard.at(-1) === "0 2" ? [] : [packet]) });
    await status(to);
    const send = client.sender(at(to, { timeoutMs: 400 }), { signal: never });
    assert.equal((await trouble(chassisControl(send, "reset"))).trouble, "silent");
    assert.equal(to.opened, 2);
    assert.ok(to.heard.filter((command) => command === "0 2").length > 1, "repeated in its session only");
  });

  it("takes a BMC's silence after its reset as the reset", async () => {
    const to = await bmc({ line: (packet, { heard }) => (heard.at(-1) === "6 2" ? [] : [packet]) });
    await resetBmc(client.sender(at(to, { timeoutMs: 300 }), { signal: never }), "cold");
    assert.equal(to.heard.includes("6 2"), true);
  });

  it("does not use one of another login", async () => {
    const to = await bmc();
    await status(to);
    assert.equal((await trouble(status(to, { password: "other" }))).trouble, "credentials");
    assert.equal(to.active, 0);
  });

  it("waits for a slot when all are taken, and keeps none there afterwards", async () => {
    const to = await bmc({ slots: 0 });
    const full = await trouble(status(to, { timeoutMs: 300 }));
    assert.deepEqual(full.trouble, "full");
    assert.match(full.message, /insufficient resources to create a session \(RMCP\+ status 01h\)/);
    to.slots = 1;
    await status(to);
    assert.deepEqual([to.active, client.keptSessions], [0, 0]);
  });

  it("gets through a line that loses every third packet", async () => {
    let count = 0;
    const to = await bmc({ line: (packet) => (++count % 3 === 0 ? [] : [packet]) });
    for (let turn = 0; turn < 10; turn++) assert.equal((await status(to, {}, 0)).power, false);
  });

  it("takes each answer once: repeated, late and forged packets are dropped", async () => {
    const old: Buffer[] = [];
    const to = await bmc({
      line(packet) {
        const forged = Buffer.from(packet);
        forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
        const isCommand = (packet[5] ?? 0) === 0xc0;
        const bytes = isCommand ? [...old, forged, packet.subarray(0, 20), packet, packet] : [packet];
        if (isCommand) old.push(packet);
        return bytes;
      },
    });
    for (const power of [true, false, true, false]) {
      to.power = power;
      assert.equal((await status(to)).power, power, "the answer is this question's, not the one before");
    }
    assert.equal(to.opened, 1);
  });

  it("tells a BMC of IPMI 1.5, and one that keeps RMCP+ to itself, from one that is not there", async () => {
    const cases = [
      ["2.0", /IPMI 1\.5 only, which has no RMCP\+/],
      ["rmcp+", /says that it speaks IPMI 2\.0, but does not answer to RMCP\+/],
    ] as const;
    for (const [without, expected] of cases) {
      const refused = await trouble(status(await without20(without), { timeoutMs: 800 }));
      assert.equal(refused.trouble, "version");
      assert.match(refused.message, expected);
    }
    assert.equal((await trouble(status(await bmc({ line: () => [] }), { timeoutMs: 800 }))).trouble, "silent");
  });

  it("gives a session up or keeps it on by what is known of its next use", async () => {
    const to = await bmc();
    await status(to);
    await client.rest(at(to), 40_000);
    assert.equal(client.keptSessions, 1);
    await client.rest(at(to), 60_000);
    assert.deepEqual([client.keptSessions, to.active], [0, 0]);
  });

  it("leaves at once when the work is aborted, also in the queue, and serves the next", async () => {
    let isDead = true;
    const to = await bmc({ line: (packet) => (isDead ? [] : [packet]) });
    const controller = new AbortController();
    const send = client.sender(at(to), { signal: controller.signal });
    const works = [chassisStatus(send), chassisStatus(send)].map((work) =>
      work.catch((error: unknown) => String(error)),
    );
    controller.abort(new Error("let go"));
    assert.deepEqual(await Promise.all(works), ["Error: let go", "Error: let go"]);
    isDead = false;
    assert.equal((await status(to)).power, false);
  });

  it("tells who waits that it was closed", async () => {
    const to = await bmc({ line: () => [] });
    const work = trouble(status(to));
    await until(() => true);
    await client.close();
    assert.match((await work).message, /the client was closed/);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    await new Promise((ok) => setTimeout(ok, 10));
    if (isSo()) return;
  }
  assert.fail("it did not come to that");
}
