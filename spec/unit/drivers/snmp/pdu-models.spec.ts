/** The table of PDUs: the objects of outlet 5, written out, as the makers' MIBs and others' working programs name them. */
import assert from "node:assert/strict";
import { instanceOf, modelOfSystem, PDU_MODELS } from "../../../../drivers/snmp/pdu-models.ts";

/** State and what it says for on and off; object and value that switch on, and off. Below 1.3.6.1.4.1. */
const OUTLET_5: Readonly<Record<string, readonly (string | number)[]>> = {
  apc_masterswitch: ["318.1.1.4.4.2.1.3.5", 1, 2, "318.1.1.4.4.2.1.3.5", 1, "318.1.1.4.4.2.1.3.5", 2],
  apc_masterswitchplus: ["318.1.1.6.7.1.1.5.1.1.5", 1, 2, "318.1.1.6.5.1.1.5.1.1.5", 1, "318.1.1.6.5.1.1.5.1.1.5", 3],
  apc_rackpdu: ["318.1.1.12.3.3.1.1.4.5", 1, 2, "318.1.1.12.3.3.1.1.4.5", 1, "318.1.1.12.3.3.1.1.4.5", 2],
  aten: ["21317.1.3.2.2.2.2.6.0", 2, 1, "21317.1.3.2.2.2.2.6.0", 2, "21317.1.3.2.2.2.2.6.0", 1],
  baytech_mrp27: ["4779.1.3.5.3.1.3.1.5", 1, 0, "4779.1.3.5.3.1.3.1.5", 1, "4779.1.3.5.3.1.3.1.5", 0],
  cyberpower: ["3808.1.1.3.3.5.1.1.4.5", 1, 2, "3808.1.1.3.3.3.1.1.4.5", 1, "3808.1.1.3.3.3.1.1.4.5", 2],
  eatonpower: ["534.6.6.7.6.6.1.2.0.5", 1, 0, "534.6.6.7.6.6.1.4.0.5", 0, "534.6.6.7.6.6.1.3.0.5", 0],
  raritan_pdu2: ["13742.6.4.1.2.1.3.1.5", 7, 8, "13742.6.4.1.2.1.2.1.5", 1, "13742.6.4.1.2.1.2.1.5", 0],
  servertech_sentry3: ["1718.3.2.3.1.5.1.1.5", 1, 0, "1718.3.2.3.1.11.1.1.5", 1, "1718.3.2.3.1.11.1.1.5", 2],
  servertech_sentry4: ["1718.4.1.8.3.1.1.1.1.5", 1, 2, "1718.4.1.8.5.1.2.1.1.5", 1, "1718.4.1.8.5.1.2.1.1.5", 2],
  teltronix: ["23620.1.2.2.1.4.5", 2, 1, "23620.1.2.2.1.4.5", 2, "23620.1.2.2.1.4.5", 1],
  vertivgeist_pdu: ["21239.5.2.3.5.1.4.5", 1, 2, "21239.5.2.3.5.1.6.5", 2, "21239.5.2.3.5.1.6.5", 4],
};

describe("PDU models", () => {
  it("are those that Ironic names", () => {
    assert.deepEqual(Object.keys(PDU_MODELS), Object.keys(OUTLET_5));
  });

  for (const [name, expected] of Object.entries(OUTLET_5))
    it(`${name} has its maker's objects`, () => {
      const model = PDU_MODELS[name];
      assert.ok(model);
      const oid = (column: string) => `${column}.${instanceOf(model, "5")}`.replace("1.3.6.1.4.1.", "");
      const value = (state: string) => Number(Object.entries(model.states).find(([, said]) => said === state)?.[0]);
      const found = [
        ...[oid(model.state), value("power on"), value("power off")],
        ...[oid(model.on.column), model.on.value, oid(model.off.column), model.off.value],
      ];
      assert.deepEqual(found, expected);
    });

  it("an outlet may be the instance itself, for a further unit of a chain", () => {
    const { servertech_sentry4: sentry, aten } = PDU_MODELS;
    assert.ok(sentry && aten);
    assert.equal(instanceOf(sentry, "2.1.12"), "2.1.12");
    assert.equal(instanceOf(aten, "9"), "11.0", "behind the second table");
  });

  for (const [system, model] of [
    ["1.3.6.1.4.1.318.1.3.4.5", "apc_rackpdu"],
    ["1.3.6.1.4.1.318.1.3.4.6", "apc_rackpdu"],
    ["1.3.6.1.4.1.318.1.3.4.4", "apc_masterswitchplus"],
    ["1.3.6.1.4.1.318.1.3.4.2", "apc_masterswitch"],
    ["1.3.6.1.4.1.318.1.3.4.44", null],
    ["1.3.6.1.4.1.1718.3", "servertech_sentry3"],
    ["1.3.6.1.4.1.1718.4", "servertech_sentry4"],
    ["1.3.6.1.4.1.13742.6", "raritan_pdu2"],
    ["1.3.6.1.4.1.21239.2", "vertivgeist_pdu"],
    ["1.3.6.1.4.1.8072.3.2.10", null],
    ["undefined", null],
  ])
    it(`sysObjectID ${system} is ${model ?? "no PDU that is known"}`, () => {
      assert.equal(modelOfSystem(String(system)), model);
    });
});
