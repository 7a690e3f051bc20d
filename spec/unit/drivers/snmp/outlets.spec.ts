/** Outlets of PDUs against net-snmp's snmpd, which serves each model's objects. */
import assert from "node:assert/strict";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import { type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import snmpManagement from "../../../../drivers/snmp/management.ts";
import { outletOf } from "../../../../drivers/snmp/outlet.ts";
import { PDU_MODELS } from "../../../../drivers/snmp/pdu-models.ts";
import snmpPower from "../../../../drivers/snmp/power.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";
import { ENTERPRISES, PduAgent } from "../../../support/pdu-agent.ts";
import { COMMUNITY, hasSnmpd, KEYS, WRITE_COMMUNITY } from "../../../support/snmpd.ts";

const told: BmcExchange[] = [];

function made(snmp: ConfigOverrides["snmp"] = {}) {
  const test = testServices({ snmp: { udp_transport_timeout: 2, udp_transport_retries: 1, ...snmp } });
  const services = { ...test, observe: (_node: string, exchange: BmcExchange) => void told.push(exchange) };
  return { slept: test.slept, power: snmpPower.make(services), management: snmpManagement.make(services) };
}

describe("outlets of a PDU over SNMP", function () {
  this.timeout(20_000);
  let pdu: PduAgent;
  before(async function () {
    if (!hasSnmpd()) this.skip();
    pdu = await PduAgent.start(`${ENTERPRISES}.318.1.3.4.5`);
  });
  after(() => pdu?.[Symbol.asyncDispose]());
  beforeEach(() => {
    told.length = 0;
  });

  const task = (info: object = {}) =>
    testTask({
      driver_info: {
        snmp_address: "127.0.0.1",
        snmp_port: pdu.snmpd.port,
        snmp_version: "2c",
        snmp_community_read: COMMUNITY,
        snmp_community_write: WRITE_COMMUNITY,
        snmp_outlet: 5,
        ...info,
      } as JsonObject,
    });

  for (const name of Object.keys(PDU_MODELS))
    it(`of model ${name} are read, switched on, off and anew`, async () => {
      const { power } = made();
      pdu.become(name, "5");
      const asked = task({ snmp_driver: name });
      assert.equal(await power.getPowerState(asked), "power off");
      assert.equal(asked.lockChecks, 0, "no lock for reading");
      for (const [target, state] of [
        ["power on", "power on"],
        ["rebooting", "power on"],
        ["power off", "power off"],
      ] as const) {
        await power.setPowerState(asked, target);
        assert.equal(await power.getPowerState(asked), state);
      }
    });

  it("are found by what the PDU calls itself", async () => {
    const { power } = made();
    pdu.become("apc_rackpdu", "5");
    await power.setPowerState(task({ snmp_driver: "auto" }), "power on");
    assert.equal(await power.getPowerState(task({ snmp_driver: "apc_rackpdu" })), "power on");
    const exchange = told.find(({ request }) => request.startsWith("Set"));
    assert.deepEqual([exchange?.protocol, exchange?.fault], ["snmp", null]);
    assert.ok(!JSON.stringify(told).includes(WRITE_COMMUNITY));
  });

  for (const [version, info] of [
    [
      "1",
      {
        snmp_version: "1",
        snmp_community: WRITE_COMMUNITY,
        snmp_community_read: undefined,
        snmp_community_write: undefined,
      },
    ],
    ["3, signed", { snmp_version: "3", snmp_user: "signed", snmp_auth_protocol: "sha", snmp_auth_key: KEYS.auth }],
    [
      "3, sealed",
      {
        snmp_version: 3,
        snmp_user: "sealed",
        snmp_auth_protocol: "sha256",
        snmp_auth_key: KEYS.auth,
        snmp_priv_protocol: "aes",
        snmp_priv_key: KEYS.priv,
      },
    ],
  ] as const)
    it(`are read over version ${version}`, async () => {
      pdu.become("raritan_pdu2", "5");
      assert.equal(await made().power.getPowerState(task({ snmp_driver: "raritan_pdu2", ...info })), "power off");
    });

  it("are waited for while they change, and no longer than allowed", async () => {
    const { power, slept } = made({ power_timeout: 2 });
    const model = pdu.become("eatonpower", "5");
    pdu.write({ objects: { [`${model.state}.0.5`]: 3 } });
    await assert.rejects(power.getPowerState(task({ snmp_driver: "eatonpower" })), /changing without end/);
    assert.equal(
      slept.reduce((sum, seconds) => sum + seconds, 0),
      2,
    );
  });

  it("that take an order and do nothing are told so", async () => {
    const { power } = made({ power_timeout: 3 });
    const model = pdu.become("apc_rackpdu", "5");
    const oid = `${model.state}.5`;
    pdu.write({ objects: { [oid]: 2 }, effects: { [`${oid}=1`]: { [oid]: 2 } } });
    await assert.rejects(power.setPowerState(task({ snmp_driver: "apc_rackpdu" }), "power on"), {
      name: "PowerStateFailure",
      message: /not reached within 3 s.*\[snmp\]power_timeout/,
    });
  });

  it("that may not be set, or are not there, are told apart", async () => {
    const { power } = made();
    const model = pdu.become("apc_rackpdu", "5");
    const readOnly = task({ snmp_driver: "apc_rackpdu", snmp_community_write: COMMUNITY });
    await assert.rejects(power.setPowerState(readOnly, "power on"), /check that community or user may do this/);
    await assert.rejects(
      power.getPowerState(task({ snmp_driver: "apc_rackpdu", snmp_outlet: 9 })),
      /it has no .*\.4\.9, the state of outlet 9/,
    );
    pdu.write({ objects: { [`${model.state}.5`]: 7 } });
    await assert.rejects(power.getPowerState(task({ snmp_driver: "apc_rackpdu" })), /says 7, neither on nor off/);
  });

  it("of a PDU that does not answer are given up in time, and at once when the work is aborted", async () => {
    const { power } = made({ udp_transport_timeout: 0.2 });
    const silent = { snmp_driver: "apc_rackpdu", snmp_community_read: "nobody-knows" };
    await assert.rejects(power.getPowerState(task(silent)), (error: Error) => {
      assert.match(
        error.message,
        /no answer within 0.4 s; check driver_info\/snmp_address.*wrong community gets no answer/,
      );
      return !error.message.includes("nobody-knows");
    });
    const waiting = task(silent);
    const asked = made().power.getPowerState(waiting);
    setTimeout(() => waiting.controller.abort(new Error("stop")), 50);
    await assert.rejects(asked, /stop/);
  });

  it("are measured where the PDU has a meter", async () => {
    const { management } = made();
    const oid = (rest: string) => `${ENTERPRISES}.${rest}`;
    pdu.become("vertivgeist_pdu", "5", {
      [oid("21239.5.2.3.6.1.4.5")]: 2305,
      [oid("21239.5.2.3.6.1.8.5")]: 117,
      [oid("21239.5.2.3.6.1.12.5")]: 262,
    });
    assert.deepEqual(await management.readSensors?.(task({ snmp_driver: "vertivgeist_pdu" })), [
      { name: "outlet voltage", kind: "voltage", value: 230.5, unit: "Volts", status: "ok" },
      { name: "outlet current", kind: "current", value: 1.17, unit: "Amps", status: "ok" },
      { name: "outlet power", kind: "power", value: 262, unit: "Watts", status: "ok" },
    ]);
    pdu.become("raritan_pdu2", "5", { [oid("13742.6.5.4.3.1.4.1.5.1")]: 1250, [oid("13742.6.5.4.3.1.4.1.5.5")]: 287 });
    assert.deepEqual(
      (await management.readSensors?.(task({ snmp_driver: "raritan_pdu2" })))?.map(({ name, value }) => [name, value]),
      [
        ["outlet current", 1.25],
        ["outlet power", 287],
      ],
    );
    pdu.become("teltronix", "5");
    assert.deepEqual(await management.readSensors?.(task({ snmp_driver: "teltronix" })), []);
  });
});

describe("validate of snmp", () => {
  const complete = { snmp_driver: "apc_rackpdu", snmp_outlet: "3", snmp_address: "192.0.2.9", snmp_community: "lab" };
  const WRONG: readonly (readonly [object, RegExp])[] = [
    [{ snmp_driver: undefined }, /snmp_driver is missing; set it to one of auto, apc_masterswitch/],
    [{ snmp_driver: "acme" }, /snmp_driver is "acme"; expected one of auto/],
    [{ snmp_outlet: undefined }, /snmp_outlet is missing/],
    [{ snmp_outlet: 0 }, /snmp_outlet is "0"; expected a number from 1/],
    [{ snmp_outlet: "1..2" }, /snmp_outlet is "1..2"/],
    [{ snmp_address: undefined }, /snmp_address is missing/],
    [{ snmp_port: "udp" }, /snmp_port is "udp"/],
    [{ snmp_version: "2" }, /snmp_version is "2"; expected one of 1, 2c, 3/],
    [{ snmp_community: undefined }, /snmp_community is missing/],
    [{ snmp_context_engine_id: "800000" }, /snmp_context_engine_id cannot be chosen/],
    [{ snmp_version: "3" }, /snmp_user is missing/],
    [
      { snmp_version: "3", snmp_user: "u", snmp_auth_protocol: "sha", snmp_auth_key: "short" },
      /snmp_auth_key has 5 characters/,
    ],
  ];
  for (const [info, message] of WRONG)
    it(`names what is wrong: ${JSON.stringify(info)}`, async () => {
      const driver_info = { ...complete, ...info } as JsonObject;
      const { power, management } = made();
      for (const one of [power, management]) await assert.rejects(one.validate(testTask({ driver_info })), message);
    });

  it("a key without its protocol is used with Ironic's, not left out", async () => {
    const info = {
      ...complete,
      snmp_version: "3",
      snmp_user: "u",
      snmp_auth_key: "a long key",
      snmp_priv_key: "one more key",
    };
    const { credentials } = outletOf(info, defaultConfig()).reader;
    assert.ok(credentials.version === "3");
    assert.deepEqual([credentials.auth?.protocol, credentials.priv?.protocol], ["md5", "des"]);
  });

  it("takes what is complete", async () => {
    await made().power.validate(testTask({ driver_info: complete }));
    await made().power.validate(
      testTask({
        driver_info: {
          ...complete,
          snmp_community: undefined as never,
          snmp_community_read: "r",
          snmp_community_write: "w",
        },
      }),
    );
  });
});
