/** Outlets of an iBoot over real sockets, in both of its protocols. */
import assert from "node:assert/strict";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import type { JsonObject } from "../../../../common/json.ts";
import type { PowerInterface } from "../../../../drivers/base/interfaces.ts";
import iboot from "../../../../drivers/iboot/power.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";
import { IBOOT_LOGIN, IbootUnit } from "../../../support/iboot-unit.ts";
import { freePort } from "../../../support/loopback.ts";

const told: BmcExchange[] = [];

function made(options: JsonObject = {}) {
  const services = testServices({ iboot: options });
  return { services, power: iboot.make({ ...services, observe: (_node, exchange) => told.push(exchange) }) };
}

describe("power interface iboot over DxP", () => {
  let unit: IbootUnit;
  beforeEach(async () => {
    told.length = 0;
    unit = await IbootUnit.start("dxp");
  });
  afterEach(() => unit.stop());
  const task = (info: object = {}) =>
    testTask({ driver_info: { iboot_address: "127.0.0.1", iboot_port: unit.port, ...IBOOT_LOGIN, ...info } });

  it("reads an outlet without a look at the lock", async () => {
    const { power } = made();
    const [second, third] = [task({ iboot_relay_id: 2 }), task({ iboot_relay_id: "3" })];
    assert.deepEqual([await power.getPowerState(second), await power.getPowerState(third)], ["power off", "power on"]);
    assert.equal(second.lockChecks, 0);
  });

  it("switches one outlet and leaves the others alone", async () => {
    const { power, services } = made();
    await power.setPowerState(task({ iboot_relay_id: 2 }), "power on");
    assert.deepEqual(unit.outlets, [false, true, true]);
    await power.setPowerState(task({ iboot_relay_id: 2 }), "rebooting");
    assert.deepEqual([unit.outlets, services.slept], [[false, true, true], [5]], "[iboot]reboot_delay");
    assert.ok(told.every(({ protocol, fault }) => protocol === "iboot" && fault === null));
    assert.ok(!JSON.stringify(told).includes("outlet-pass"));
  });

  it("tries again what got no answer, and at last says so", async () => {
    const { power, services } = made();
    unit.troubles.push("close", "close");
    assert.equal(await power.getPowerState(task()), "power off");
    assert.deepEqual(services.slept, [1, 1]);
    const nobody = task({ iboot_port: await freePort() });
    await assert.rejects(power.setPowerState(nobody, "power off"), {
      name: "PowerStateFailure",
      message: /ECONNREFUSED/,
    });
  });

  it("gives up on a unit that accepts and says nothing", async () => {
    const { power } = made({ timeout: 0.2, max_retry: 0 });
    unit.troubles.push("silent");
    await assert.rejects(power.getPowerState(task()), /no answer within 0.2 s; check driver_info\/iboot_address/);
  });

  it("ends at once when the work is aborted", async () => {
    const { power } = made();
    unit.troubles.push("silent");
    const waiting = task();
    const asked = power.getPowerState(waiting);
    waiting.controller.abort(new Error("stop"));
    await assert.rejects(asked, /stop/);
  });

  it("bounds what it reads", async () => {
    const { power } = made({ max_retry: 0 });
    unit.troubles.push("flood");
    await assert.rejects(power.getPowerState(task()), /iBoot/);
  });

  it("a refusal is not tried again: the account may be locked by it", async () => {
    const { power } = made();
    await assert.rejects(power.getPowerState(task({ iboot_password: "wrong" })), (error: Error) => {
      assert.match(error.message, /user or password may be wrong/);
      return !error.message.includes('"wrong"');
    });
    await assert.rejects(
      power.getPowerState(task({ iboot_relay_id: 9 })),
      /has 3 outlets, and driver_info\/iboot_relay_id is 9/,
    );
    await assert.rejects(power.setPowerState(task({ iboot_relay_id: 9 }), "power on"), /refused with code 2/);
    assert.equal(unit.asked, 3);
  });

  it("asks one question at a time", async () => {
    const { power } = made();
    const nodes = [1, 2, 3].map((relay) => task({ iboot_relay_id: relay }));
    const states = await Promise.all(nodes.map((node) => power.getPowerState(node)));
    assert.deepEqual(states, ["power off", "power off", "power on"]);
  });
});

describe("power interface iboot over the protocol of older units", () => {
  it("switches and reads, and waits when somebody else is at it", async () => {
    const unit = await IbootUnit.start("tcp");
    try {
      const { power } = made();
      const driver_info = {
        iboot_address: "127.0.0.1",
        iboot_port: unit.port,
        iboot_protocol: "tcp",
        iboot_password: "short",
      };
      unit.troubles.push("busy");
      await power.setPowerState(testTask({ driver_info }), "power on");
      assert.equal(unit.outlets[0], true);
      assert.equal(await power.getPowerState(testTask({ driver_info })), "power on");
      const wrong = testTask({ driver_info: { ...driver_info, iboot_password: "other" } });
      await assert.rejects(power.getPowerState(wrong), /the password may be wrong/);
    } finally {
      await unit.stop();
    }
  });
});

describe("validate of iboot", () => {
  const complete = { iboot_address: "pdu.example", ...IBOOT_LOGIN };
  const WRONG: readonly (readonly [object, RegExp])[] = [
    [{ iboot_address: undefined }, /iboot_address is missing; set it to the host name or address of the iBoot/],
    [{ iboot_address: "a b" }, /iboot_address is "a b"/],
    [{ iboot_username: "" }, /iboot_username is missing; set it to a user/],
    [{ iboot_password: undefined }, /iboot_password is missing/],
    [{ iboot_password: "x".repeat(21) }, /iboot_password has 21 bytes; the protocol has room for 20/],
    [{ iboot_relay_id: "two" }, /iboot_relay_id is "two"; expected the number of an outlet from 1 to 255/],
    [{ iboot_port: 70000 }, /iboot_port is "70000"; expected a port from 1 to 65535/],
    [{ iboot_protocol: "snmp" }, /iboot_protocol is "snmp"; expected one of dxp, tcp/],
    [
      { iboot_protocol: "tcp", iboot_password: "short", iboot_relay_id: 2 },
      /iboot_relay_id is "2"; expected 1, the only outlet/,
    ],
  ];
  const power: PowerInterface = made().power;
  for (const [info, message] of WRONG)
    it(`names what is wrong: ${JSON.stringify(info)}`, async () => {
      const driver_info = { ...complete, ...info } as JsonObject;
      await assert.rejects(power.validate(testTask({ driver_info })), message);
    });

  it("takes what is complete", () => power.validate(testTask({ driver_info: complete })));
});
