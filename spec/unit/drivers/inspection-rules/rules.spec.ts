/** Inspection rules on the findings of an inspection: templates, operators, loops, actions, refusals. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { OPERATOR_PARAMETERS } from "../../../../common/inspection-rules/arguments.ts";
import type { Json, JsonObject } from "../../../../common/json.ts";
import { silent } from "../../../../common/log.ts";
import {
  type InspectionRule,
  RULE_ACTIONS,
  type RuleAction,
  type RuleCondition,
} from "../../../../common/objects/inspection-rule.ts";
import { ACTIONS } from "../../../../drivers/inspection-rules/actions.ts";
import { applyRules } from "../../../../drivers/inspection-rules/evaluate.ts";
import { type TaskOptions, testServices, testTask } from "../../../support/driver-task.ts";
import { listening } from "../../../support/loopback.ts";
import { contractFile } from "../../common/contract-file.ts";

const INVENTORY: JsonObject = {
  cpu: { count: 4, architecture: "x86_64" },
  bmc_address: "",
  bmc_v6address: null,
  interfaces: [{ name: "eth0", has_carrier: true }],
};

let made = 0;
const rule = (
  conditions: readonly RuleCondition[],
  actions: readonly RuleAction[],
  more: Partial<InspectionRule> = {},
) => {
  made += 1;
  const id = made;
  return {
    ...{ id, uuid: `rule-${id}`, created_at: "", updated_at: null, description: null },
    ...{ priority: 0, sensitive: false, phase: "main", conditions, actions },
    ...more,
  } satisfies InspectionRule;
};

async function apply(rules: readonly InspectionRule[], options: TaskOptions = {}, inventory = INVENTORY) {
  const node = { name: "n1", traits: [], ...options.node };
  const task = testTask({ ...options, node });
  const plugin: Record<string, Json> = {};
  await applyRules(rules, { task, plugin, services: testServices(), log: silent }, inventory);
  return { node: task.node, plugin };
}

const mark: RuleAction = { op: "set-attribute", args: { path: "/extra/mark", value: "yes" } };
const isMarked = async (...conditions: RuleCondition[]) =>
  (await apply([rule(conditions, [mark])])).node.extra.mark === "yes";

describe("conditions of inspection rules", () => {
  const cases: readonly [boolean, RuleCondition][] = [
    [true, { op: "eq", args: { values: ["{inventory[cpu][count]}", "4"] } }],
    [false, { op: "eq", args: { values: ["{inventory[cpu][count]}", 4] } }],
    [true, { op: "eq", args: { values: ["{inventory[cpu][count]}", 4], force_strings: true } }],
    [true, { op: "!eq", args: { values: [1, 2] } }],
    [true, { op: "lt", args: { values: [1, 2, 3] } }],
    [false, { op: "lt", args: { values: [1, 3, 2] } }],
    [false, { op: "gt", args: { values: ["10", "9"] } }],
    [true, { op: "gt", args: [[10, 9]] }],
    [true, { op: "is-empty", args: { value: "{plugin_data[nothing]}" } }],
    [true, { op: "is-empty", args: { value: "{inventory[bmc_address]}" } }],
    [false, { op: "is-empty", args: { value: "{node.name}" } }],
    [true, { op: "in-net", args: { address: "10.1.2.3", subnet: "10.0.0.0/8" } }],
    [false, { op: "in-net", args: { address: "fe80::1", subnet: "10.0.0.0/8" } }],
    [true, { op: "in-net", args: { address: "fe80::1", subnet: "fe80::/10" } }],
    [false, { op: "matches", args: { value: "{inventory[cpu][architecture]}", regex: "x86" } }],
    [true, { op: "matches", args: { value: "{inventory[cpu][architecture]}", regex: "x86_\\d+" } }],
    [true, { op: "contains", args: { value: "{inventory[cpu][architecture]}", regex: "86" } }],
    [true, { op: "one-of", args: { value: "{inventory[cpu][architecture]}", values: ["arm", "x86_64"] } }],
    [true, { op: "is-none", args: { value: null } }],
    [true, { op: "is-true", args: { value: "{inventory[interfaces][0][has_carrier]}" } }],
    [true, { op: "is-false", args: { value: 0 } }],
    [true, { op: "!is-true", args: { value: "perhaps" } }],
    [true, { op: "eq", args: { values: ["{item}", "2"] }, loop: ["1", "2"] }],
    [false, { op: "eq", args: { values: ["{item}", "2"] }, loop: ["1", "2"], multiple: "all" }],
    [true, { op: "eq", args: { values: ["{item}", "2"] }, loop: ["1", "2"], multiple: "first" }],
    [false, { op: "eq", args: { values: ["{item}", "3"] }, loop: ["1", "2"], multiple: "first" }],
    [true, { op: "eq", args: { values: [1, true] } }],
    [false, { op: "is-none", args: { value: "None" } }],
    [true, { op: "is-false", args: { value: null } }],
    [true, { op: "eq", args: { values: ["{item}", "2"] }, loop: ["1", "2"], multiple: "last" }],
    [true, { op: "eq", args: { values: ["{item[a]}", "b"] }, loop: { a: "b" } }],
    [false, { op: "eq", args: { values: ["{inventory.__proto__}", "x"] } }],
  ];
  for (const [expected, condition] of cases)
    it(`${JSON.stringify(condition)} is ${expected}`, async () => assert.equal(await isMarked(condition), expected));

  it("must all hold", async () => {
    const holds: RuleCondition = { op: "eq", args: { values: [1, 1] } };
    assert.equal(await isMarked(holds, { op: "!eq", args: { values: [1, 1] } }), false);
    assert.equal(await isMarked(), true);
  });

  it("that cannot be judged fail the inspection, naming rule and argument", async () => {
    const net = rule([{ op: "in-net", args: { address: "10.0.0.1", subnet: "junk" } }], [mark], {
      description: "nets",
    });
    await assert.rejects(apply([net]), /inspection rule rule-\d+ \(nets\): subnet is "junk"; expected a network/);
    await assert.rejects(apply([rule([{ op: "matches", args: { value: "a", regex: "(" } }], [mark])]), /regex is "\("/);
    const secret = rule([{ op: "in-net", args: { address: "hidden", subnet: "10.0.0.0/8" } }], [mark], {
      sensitive: true,
    });
    await assert.rejects(apply([secret]), (error: Error) => !error.message.includes("hidden"));
  });
});

describe("actions of inspection rules", () => {
  const act = async (actions: readonly RuleAction[], options: TaskOptions = {}) => apply([rule([], actions)], options);

  it("run by descending priority", async () => {
    const set = (value: string): RuleAction => ({ op: "set-attribute", args: { path: "/extra/last", value } });
    const { node } = await apply([rule([], [set("low")], { priority: 1 }), rule([], [set("high")], { priority: 9 })]);
    assert.equal(node.extra.last, "low");
  });

  it("set, extend and remove attributes, templates filled in", async () => {
    const { node } = await act(
      [
        { op: "set-attribute", args: ["extra/a/b", { cpus: "{inventory[cpu][count]}" }] },
        { op: "set-attribute", args: { path: "/extra/kept", value: "{node.name} {nosuch[x]}" } },
        { op: "extend-attribute", args: { path: "/extra/list", value: "x" } },
        { op: "extend-attribute", args: { path: "/extra/list", value: "x", unique: true } },
        { op: "del-attribute", args: { path: "/extra/old" } },
        { op: "del-attribute", args: { path: "/extra/never/was" } },
        { op: "set-attribute", args: { path: "/description", value: "{node.name}" } },
        { op: "set-attribute", args: { path: "/extra/{item}", value: "{item}" }, loop: ["i", "j"] },
      ],
      { node: { extra: { old: 1 } } },
    );
    assert.deepEqual(node.extra, {
      a: { b: { cpus: "4" } },
      kept: "{node.name} {nosuch[x]}",
      list: ["x"],
      i: "i",
      j: "j",
    });
    assert.equal(node.description, "n1");
  });

  it("set capabilities and traits", async () => {
    const { node } = await act(
      [
        { op: "set-capability", args: { name: "speed", value: "fast" } },
        { op: "unset-capability", args: { name: "a" } },
        { op: "add-trait", args: { name: "CUSTOM_FAST" } },
        { op: "add-trait", args: { name: "CUSTOM_FAST" } },
        { op: "remove-trait", args: { name: "CUSTOM_OLD" } },
      ],
      { node: { properties: { capabilities: "a:b,c:d" }, traits: ["CUSTOM_OLD"] } },
    );
    assert.equal(node.properties.capabilities, "c:d,speed:fast");
    assert.deepEqual(node.traits, ["CUSTOM_FAST"]);
    await assert.rejects(act([{ op: "add-trait", args: { name: "no trait" } }]), /"no trait" is no trait/);
  });

  it("change the data of the inspection", async () => {
    const { plugin } = await act([
      { op: "set-plugin-data", args: { path: "/a/b", value: 1 } },
      { op: "set-plugin-data", args: { path: "gone", value: 1 } },
      { op: "extend-plugin-data", args: { path: "list", value: "x" } },
      { op: "unset-plugin-data", args: { path: "gone" } },
      { op: "set-plugin-data", args: { path: "/__proto__/x", value: 1 } },
    ]);
    assert.deepEqual(Object.keys(plugin).sort(), ["__proto__", "a", "list"].sort());
    assert.deepEqual([plugin.a, plugin.list, Reflect.get({}, "x")], [{ b: 1 }, ["x"], undefined]);
  });

  it("end the inspection, or refuse what they must not touch", async () => {
    await assert.rejects(act([{ op: "fail", args: { msg: "too few CPUs" } }]), /too few CPUs/);
    for (const path of ["/uuid", "/provision_state", "/driver_internal_info/x", "/id", ""])
      await assert.rejects(act([{ op: "set-attribute", args: { path, value: 1 } }]), /path/, path);
    await assert.rejects(
      act([{ op: "set-port-attribute", args: { port_id: "x", path: "/extra/a", value: 1 } }]),
      /port_id/,
    );
    await assert.rejects(act([{ op: "log", args: { msg: "m", level: "loud" } }]), /level is "loud"/);
  });

  it("never see secrets", async () => {
    const { node } = await act(
      [{ op: "set-attribute", args: { path: "/extra/x", value: "{node.driver_info[ipmi_password]}" } }],
      {
        driver_info: { ipmi_password: "canary" },
      },
    );
    assert.equal(node.extra.x, "******");
  });

  it("call other services, and fail when they do not answer well", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers["x-node"]}`);
      response.writeHead(seen.length === 1 ? 503 : request.url === "/bad" ? 404 : 204).end();
    });
    const base = `http://127.0.0.1:${await listening(server)}`;
    try {
      await act([{ op: "api-call", args: { url: `${base}/ok`, headers: { "x-node": "{node.name}" } } }]);
      assert.deepEqual(seen, ["GET /ok n1", "GET /ok n1"]);
      await assert.rejects(
        act([{ op: "api-call", args: { url: `${base}/bad`, retries: 1 } }]),
        /failed 2 times: status 404/,
      );
    } finally {
      server.close();
    }
    await assert.rejects(
      act([{ op: "api-call", args: { url: "file:///etc/passwd" } }]),
      /expected an http or https URL/,
    );
  });

  it("and operators are those of the contract", function () {
    const contract = contractFile("schemas/inspection-rule-create.json") as {
      properties: Record<"conditions" | "actions", { items: { properties: { op: { enum: string[] } } } }>;
    } | null;
    if (contract === null) return this.skip();
    const { conditions, actions } = contract.properties;
    const plain = Object.keys(OPERATOR_PARAMETERS);
    assert.deepEqual(conditions.items.properties.op.enum.toSorted(), [...plain, ...plain.map((op) => `!${op}`)].sort());
    assert.deepEqual(actions.items.properties.op.enum, [...RULE_ACTIONS]);
    assert.deepEqual(Object.keys(ACTIONS).sort(), [...RULE_ACTIONS].sort());
  });
});
