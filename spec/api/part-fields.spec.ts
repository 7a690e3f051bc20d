/** Fields of what belongs to a node and has no collection of its own, at every microversion, by the contract's facts. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { contractFile, WHY_SKIPPED } from "../unit/common/contract-file.ts";

interface FieldFacts {
  readonly min: string;
  readonly in_summary?: boolean;
}

const facts = contractFile("fields.json") as {
  readonly resources: Readonly<Record<string, { readonly fields: Readonly<Record<string, FieldFacts>> }>>;
} | null;
const NODE = "0c0ffee0-0000-4000-8000-000000000001";

/** Where each part is shown, whole and in the list, and how to find one in the answer; the minor that brought it. */
const PARTS = {
  bios_setting: { one: "bios/a", whole: ["a"], list: "bios", part: ["bios", "0"], since: 40 },
  firmware_component: { one: "firmware", whole: ["firmware", "0"], list: null, part: [], since: 86 },
  history_event: {
    one: "history?detail=true",
    whole: ["history", "0"],
    list: "history",
    part: ["history", "0"],
    since: 78,
  },
  indicator: { one: "management/indicators", whole: ["indicators", "0"], list: null, part: [], since: 63 },
} as const;

function inside(value: unknown, path: readonly string[]): object {
  let found: unknown = value;
  for (const key of path) found = (found as Record<string, unknown> | undefined)?.[key];
  assert.ok(typeof found === "object" && found !== null, `nothing at ${path.join(".")} of ${JSON.stringify(value)}`);
  return found;
}

function expected(resource: string, minor: number, inSummary: boolean): readonly string[] {
  const fields = Object.entries(facts?.resources[resource]?.fields ?? {});
  assert.ok(fields.length > 0, `the contract has no ${resource}`);
  return fields
    .filter(([, { min, in_summary }]) => Number(min.split(".")[1]) <= minor && (!inSummary || in_summary === true))
    .map(([name]) => name)
    .sort();
}

describe(`fields of the parts of a node ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let api: ApiUnderTest;

  before(async function () {
    if (facts === null) return this.skip();
    api = await apiUnderTest();
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", uuid: NODE, shard: "s" } });
    await api.stores.biosSettings.replace(NODE, [{ name: "a", value: "1", attribute_type: "String" }]);
    await api.stores.firmwareComponents.replace(NODE, [{ component: "bmc", initial_version: "1" }]);
    await api.stores.history.add({
      node_uuid: NODE,
      severity: "INFO",
      event: "e",
      event_type: "provisioning",
      conductor: "c",
      user: null,
    });
  });
  after(async () => api?.[Symbol.asyncDispose]());

  for (const [resource, { one, whole, list, part, since }] of Object.entries(PARTS)) {
    it(`${resource}: has exactly the fields of its microversion, from 1.${since} to 1.115`, async () => {
      for (let minor: number = since; minor <= 115; minor++) {
        const { json } = await api.send("GET", `/v1/nodes/${NODE}/${one}`, { minor });
        assert.deepEqual(Object.keys(inside(json, whole)).sort(), expected(resource, minor, false), `at 1.${minor}`);
        if (list === null) continue;
        const { json: all } = await api.send("GET", `/v1/nodes/${NODE}/${list}`, { minor });
        assert.deepEqual(
          Object.keys(inside(all, part)).sort(),
          expected(resource, minor, true),
          `listed at 1.${minor}`,
        );
      }
    });
  }

  it("shard: has exactly the fields of its microversion, from 1.82 to 1.115", async () => {
    for (let minor = 82; minor <= 115; minor++) {
      const { json } = await api.send("GET", "/v1/shards", { minor });
      assert.deepEqual(Object.keys(inside(json, ["shards", "0"])).sort(), expected("shard", minor, false));
    }
  });
});
