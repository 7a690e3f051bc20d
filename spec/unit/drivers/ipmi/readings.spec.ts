/** Sensors through ipmitool and through the native client: the same readings of the same BMC, in the common words. */
import assert from "node:assert/strict";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import { ipmitoolAccess } from "../../../../drivers/ipmi/ipmitool-access.ts";
import { readingsIn } from "../../../../drivers/ipmi/ipmitool-sensors.ts";
import management from "../../../../drivers/ipmi/management.ts";
import { nativeAccess } from "../../../../drivers/ipmi/native-access.ts";
import nativeManagement from "../../../../drivers/ipmi/native-management.ts";
import { uniquelyNamed } from "../../../../drivers/ipmi/readings.ts";
import { wholeMachine } from "../../../support/ipmi-machine.ts";
import { hasIpmiSim, IpmiSim } from "../../../support/ipmi-sim.ts";
import { quick, taskFor } from "./ipmitool-bench.ts";

describe("sensor readings of the IPMI interfaces", () => {
  let bmc: IpmiSim;
  before(async function () {
    if (!hasIpmiSim()) this.skip();
    bmc = await IpmiSim.start({ machine: wholeMachine() });
  });
  after(async () => await bmc?.stop());

  it("are the same natively and through ipmitool, and every exchange is told", async () => {
    const told: BmcExchange[] = [];
    const services = { ...quick(), observe: (_node: string, exchange: BmcExchange) => told.push(exchange) };
    const task = taskFor(bmc.port);
    const native = (await nativeManagement.make(services).readSensors?.(task)) ?? [];
    const asked = told.splice(0);
    const theirs = (await management.make(services).readSensors?.(task)) ?? [];
    assert.equal(native.length, 12);
    const rounded = (readings: typeof native) =>
      readings.map(({ name, kind, value, unit, status }) => [
        name,
        kind,
        value === null ? null : shown(value),
        unit,
        status,
      ]);
    assert.deepEqual(rounded(native), rounded(theirs));
    assert.ok(native.some(({ unit }) => unit === "Celsius"));
    assert.ok(asked.length > 24 && asked.every(({ protocol, fault }) => protocol === "ipmi" && fault === null));
    assert.deepEqual(
      told.map(({ request, fault }) => [request, fault === null ? null : "unsuitable"]),
      [
        ["ipmitool -c sdr list all", "unsuitable"],
        ["ipmitool -c sdr list all", null],
      ],
    );
    assert.match(told[1]?.answer ?? "", /Inlet Temp,23,degrees C,ok/);
    assert.equal(asked[0]?.address, `127.0.0.1:${bmc.port}`);
  });

  it("ask for the list of sensors once", async () => {
    const told: string[] = [];
    const services = { ...quick(), observe: (_node: string, { request }: BmcExchange) => told.push(request) };
    const interfaces = nativeManagement.make(services);
    await interfaces.readSensors?.(taskFor(bmc.port));
    told.splice(0);
    await interfaces.readSensors?.(taskFor(bmc.port));
    assert.equal(told.length, 13, "the repository's stamp, then a question a sensor");
  });

  it("keep secrets to themselves", async () => {
    const told: BmcExchange[] = [];
    const services = { ...quick(), observe: (_node: string, exchange: BmcExchange) => told.push(exchange) };
    const password = [...Buffer.from("secretpass".padEnd(16, "\0"))];
    for (const access of [nativeAccess(services), ipmitoolAccess(services)])
      await access.raw(taskFor(bmc.port, { ipmi_cipher_suite: "3" }), [0x06, 0x47, 2, 2, ...password]).catch(() => []);
    assert.equal(told.length, 2);
    for (const { request } of told) assert.match(request, /06 47 02 02 \*{6}$/);
  });
});

describe("what ipmitool prints of sensors", () => {
  it("is read line by line; what is none is left out", () => {
    const output =
      "Inlet Temp,23,degrees C,ok\nA, B,7,RPM,Upper Non-Critical,7.1,System Board\nFAN1,0,RPM,lcr\nDisk 1,0x01,,ok\nP12V,,,ns\nGet SDR failed\n";
    assert.deepEqual(
      readingsIn(output).map(({ name, kind, value, unit, status }) => [name, kind, value, unit, status]),
      [
        ["Inlet Temp", "temperature", 23, "Celsius", "ok"],
        ["A, B", "fan", 7, "RPM", "non-critical"],
        ["FAN1", "fan", 0, "RPM", "critical"],
        ["Disk 1", "other", null, null, "ok"],
        ["P12V", "other", null, null, "unavailable"],
      ],
    );
  });

  it("gets names that are unique", () => {
    const reading = { name: "Temp", kind: "temperature", value: 1, unit: "Celsius", status: "ok" } as const;
    const names = uniquelyNamed([reading, { ...reading, name: "Temp 2" }, reading]).map(({ name }) => name);
    assert.deepEqual(names, ["Temp", "Temp 2", "Temp 3"]);
  });
});

/** ipmitool rounds what it prints. */
function shown(value: number): number {
  return Number(value.toPrecision(4));
}
