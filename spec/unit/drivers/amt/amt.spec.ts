/** Power and boot device of Intel AMT, against a machine written from Intel's description. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import amtManagement from "../../../../drivers/amt/management.ts";
import amtPower from "../../../../drivers/amt/power.ts";
import { makeCertificate } from "../../../../ipa-agent/tls/self-signed.ts";
import { AMT_LOGIN, AmtMachine } from "../../../support/amt-machine.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";
import { freePort } from "../../../support/loopback.ts";

const told: BmcExchange[] = [];

function made(amt: ConfigOverrides["amt"] = {}) {
  const test = testServices({ amt });
  const services = { ...test, observe: (_node: string, exchange: BmcExchange) => void told.push(exchange) };
  return { slept: test.slept, power: amtPower.make(services), management: amtManagement.make(services) };
}

describe("Intel AMT", () => {
  let machine: AmtMachine;
  beforeEach(async () => {
    told.length = 0;
    machine = await AmtMachine.start();
  });
  afterEach(() => machine.stop());
  const task = (info: object = {}) =>
    testTask({ driver_info: { amt_address: "127.0.0.1", amt_port: machine.port, ...AMT_LOGIN, ...info } });

  it("tells its power without a look at the lock; a sleeping machine is not off", async () => {
    const { power } = made();
    const asked = task();
    for (const [state, expected] of [
      [2, "power on"],
      [4, "power on"],
      [8, "power off"],
    ] as const) {
      machine.state = state;
      assert.equal(await power.getPowerState(asked), expected);
    }
    machine.state = 9;
    await assert.rejects(power.getPowerState(asked), /tells "9", which is neither on nor off/);
    assert.equal(asked.lockChecks, 0);
  });

  it("switches on, off, softly off and anew", async () => {
    const { power } = made();
    await power.setPowerState(task(), "power on");
    await power.setPowerState(task(), "soft power off");
    await power.setPowerState(task(), "rebooting");
    assert.deepEqual([machine.state, machine.invoked], [2, ["power 2", "power 12", "power 8", "power 2"]]);
    assert.ok(told.every(({ protocol, fault }) => protocol === "amt" && fault === null));
  });

  it("boots from a device once, and once more each time when it shall last", async () => {
    const { power, management } = made();
    const asked = task();
    await management.setBootDevice(asked, "pxe", false);
    assert.deepEqual(await management.getBootDevice(asked), { boot_device: "pxe", persistent: false });
    await power.setPowerState(asked, "power on");
    assert.equal(machine.bootedFrom, "Intel(r) AMT: Force PXE Boot");
    await power.setPowerState(asked, "rebooting");
    assert.equal(machine.bootedFrom, null, "for one start only");
    await management.setBootDevice(asked, "disk", true);
    for (let start = 0; start < 2; start++) {
      await power.setPowerState(asked, "rebooting");
      assert.equal(machine.bootedFrom, "Intel(r) AMT: Force Hard-drive Boot");
    }
    assert.deepEqual(machine.invoked.slice(-4), [
      "power 8",
      "order Intel(r) AMT: Force Hard-drive Boot",
      "role 1",
      "power 2",
    ]);
    await assert.rejects(management.setBootDevice(asked, "floppy", true), /use one of: pxe, disk, cdrom/);
  });

  it("takes a new nonce when AMT wants one", async () => {
    const { power } = made();
    machine.troubles.push((_request, response) => {
      machine.forgetNonce();
      response.writeHead(401, { "WWW-Authenticate": 'Digest realm="old", nonce="old", qop="auth"' }).end();
    });
    await assert.rejects(power.getPowerState(task()), /refused user and password/);
    assert.equal(await power.getPowerState(task()), "power off");
  });

  it("tries again an engine that has to wake up first", async () => {
    const { power, slept } = made();
    machine.troubles.push((request) => request.socket.destroy());
    assert.equal(await power.getPowerState(task()), "power off");
    assert.deepEqual(slept, [10]);
    const nobody = task({ amt_port: await freePort() });
    await assert.rejects(power.setPowerState(nobody, "power on"), {
      name: "PowerStateFailure",
      message: /cannot be reached .*amt_address/,
    });
  });

  it("names a wrong password at once and never tells it", async () => {
    const { power, slept } = made();
    await assert.rejects(power.getPowerState(task({ amt_password: "no-such-pass" })), (error: Error) => {
      assert.match(error.message, /as user "admin": it refused user and password; correct driver_info\/amt_username/);
      return !error.message.includes("no-such-pass");
    });
    assert.deepEqual(slept, []);
    assert.ok(!JSON.stringify(told).includes("no-such-pass"));
  });

  it("gives up on silence, on endless answers and on what is no AMT", async () => {
    const { power } = made({ timeout: 0.3, max_attempts: 1 });
    machine.troubles.push(() => {});
    await assert.rejects(power.getPowerState(task()), /no answer within 0.3 s/);
    machine.troubles.push((_request, response) => response.end("<".repeat(200_000)));
    await assert.rejects(power.getPowerState(task()), /answered more than 65536 bytes/);
    machine.troubles.push((_request, response) => response.end("<html>router</html>"));
    await assert.rejects(power.getPowerState(task()), /tells "nothing"/);
    machine.troubles.push((_request, response) => response.writeHead(401, { "WWW-Authenticate": "Basic" }).end());
    await assert.rejects(power.getPowerState(task()), /no digest authentication/);
  });

  it("ends at once when the work is aborted", async () => {
    const { power } = made();
    const waiting = task();
    const stop = new Error("stop");
    machine.troubles.push(() => waiting.controller.abort(stop));
    await assert.rejects(power.getPowerState(waiting), stop);
  });
});

describe("Intel AMT over TLS", () => {
  const certificate = makeCertificate({ curve: "P-256", commonName: "127.0.0.1", names: ["127.0.0.1"] });
  const file = join(tmpdir(), `ferric-amt-${process.pid}.pem`);
  let machine: AmtMachine;
  before(async () => {
    writeFileSync(file, certificate.cert);
    machine = await AmtMachine.start(certificate);
  });
  after(async () => {
    await machine.stop();
    rmSync(file);
  });
  const task = (verify: unknown) =>
    testTask({
      driver_info: {
        ...AMT_LOGIN,
        amt_address: "127.0.0.1",
        amt_port: machine.port,
        amt_protocol: "https",
        ...(verify === undefined ? {} : { amt_verify_ca: verify as string }),
      },
    });

  it("is believed by its authority, and unasked where that is wanted", async () => {
    for (const verify of [file, false, "False"])
      assert.equal(await made().power.getPowerState(task(verify)), "power off");
  });

  it("is not spoken to with a certificate that nobody knows, and not asked again", async () => {
    const { power, slept } = made();
    const message = /certificate is not trusted .*driver_info\/amt_verify_ca/;
    for (const verify of [undefined, true]) await assert.rejects(power.getPowerState(task(verify)), message);
    assert.deepEqual(slept, []);
  });
});

describe("validate of amt", () => {
  const complete = { amt_address: "192.0.2.4", ...AMT_LOGIN };
  const WRONG: readonly (readonly [object, RegExp])[] = [
    [{ amt_address: "" }, /amt_address is missing; set it to the host name or address of the machine/],
    [{ amt_username: undefined }, /amt_username is missing; set it to the user of AMT/],
    [{ amt_password: undefined }, /amt_password is missing/],
    [{ amt_password: "x".repeat(33) }, /amt_password has 33 bytes; the protocol has room for 32/],
    [{ amt_protocol: "ftp" }, /amt_protocol is "ftp"; expected one of http, https/],
    [{ amt_port: 0 }, /amt_port is "0"; expected a port/],
    [
      { amt_protocol: "https", amt_verify_ca: "/no/such.pem" },
      /amt_verify_ca names "\/no\/such.pem", which cannot be read/,
    ],
  ];
  for (const [info, message] of WRONG)
    it(`names what is wrong: ${JSON.stringify(info)}`, async () => {
      const driver_info = { ...complete, ...info } as JsonObject;
      for (const one of Object.values(made()).slice(1) as { validate(task: unknown): Promise<void> }[])
        await assert.rejects(one.validate(testTask({ driver_info })), message);
    });

  it("takes what is complete", () => made().power.validate(testTask({ driver_info: complete })));
});
