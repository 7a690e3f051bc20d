/** Every policy rule at its operation, for every kind of caller, over a real socket and a real database, against the contract's facts. */
import assert from "node:assert/strict";
import { type Owned, ownedRecords } from "../../support/owned-records.ts";
import { type ApiWithRules, apiWithRules, PERSONAS } from "../../support/personas.ts";
import { contractFile, WHY_SKIPPED } from "../../unit/common/contract-file.ts";
import { NOT_ASKED, OPERATIONS, type Operation } from "./operations.ts";

interface Facts {
  readonly rules: Readonly<Record<string, { readonly allowed: readonly string[] }>>;
}

const facts = contractFile("policies.json") as Facts | null;
const allowedBy = (rule: string): readonly string[] => facts?.rules[rule]?.allowed ?? [];

describe(`every operation and every caller ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let api: ApiWithRules;
  let records: Owned;

  before(async function () {
    if (facts === null) return this.skip();
    this.timeout(60_000);
    api = await apiWithRules();
    records = await ownedRecords(api);
    await api.stores.inventory.put(records.shared, { inventory: {}, plugin_data: {} });
  });
  after(async () => await api?.[Symbol.asyncDispose]());

  async function isAllowed(operation: Operation, name: string): Promise<{ allowed: boolean; told: string }> {
    const path = `/v1${await operation.path(records)}`;
    const answer = await api.as(name, operation.method, path, operation.body?.(records), operation.minor);
    const told = `${operation.method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`;
    assert.ok(answer.status < 500, told);
    const passed = answer.status !== 403 && answer.status !== 404;
    return { allowed: passed && (operation.allowed?.(answer, records) ?? true), told };
  }

  for (const [rule, operation] of Object.entries(OPERATIONS))
    it(`${rule} lets exactly those whom the contract lets`, async function () {
      this.timeout(60_000);
      const { and = [], or = [] } = operation;
      const wrong: string[] = [];
      for (const name of Object.keys(PERSONAS)) {
        const expected =
          [rule, ...or].some((one) => allowedBy(one).includes(name)) &&
          and.every((one) => allowedBy(one).includes(name));
        const { allowed, told } = await isAllowed(operation, name);
        if (allowed !== expected) wrong.push(`${name} should ${expected ? "" : "not "}be let: ${told}`);
      }
      assert.deepEqual(wrong, []);
    });

  it("misses no rule", () => {
    const known = [...Object.keys(OPERATIONS), ...Object.keys(NOT_ASKED)].sort();
    assert.deepEqual(known, Object.keys(facts?.rules ?? {}).sort());
  });
});
