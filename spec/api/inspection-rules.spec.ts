/** Inspection rules over HTTP: every field by the contract's facts, what is refused, what is hidden. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { contractFile } from "../unit/common/contract-file.ts";

interface FieldFacts {
  readonly in_summary?: boolean;
  readonly sortable?: boolean;
  readonly selectable?: boolean;
  readonly patch?: "read-only" | readonly string[];
}

const facts = contractFile("fields.json") as {
  readonly resources: Readonly<Record<string, { readonly fields: Readonly<Record<string, FieldFacts>> }>>;
} | null;
const RULE = { actions: [{ op: "log", args: { msg: "m" } }] };

describe("inspection rules over the API", () => {
  let api: ApiUnderTest;
  let rule: string;

  before(async () => {
    api = await apiUnderTest();
    rule = await create({});
  });
  after(async () => api?.[Symbol.asyncDispose]());

  const send = async (method: string, path: string, body?: unknown, minor = 115) =>
    await api.send(method, `/v1/inspection_rules${path}`, { minor, ...(body === undefined ? {} : { body }) });
  const create = async (more: object) => ((await send("POST", "", { ...RULE, ...more })).json as { uuid: string }).uuid;

  for (const [name, def] of Object.entries(facts?.resources.inspection_rule?.fields ?? {}))
    it(`${name} is shown, selected, sorted by and patched as the contract says`, async () => {
      assert.ok(name in ((await send("GET", `/${rule}`, undefined, 96)).json as object));
      const { json } = await send("GET", "");
      const [item] = (json as { inspection_rules: object[] }).inspection_rules;
      assert.equal(name in (item ?? {}), def.in_summary === true);
      assert.equal((await send("GET", `?fields=${name}`)).status, def.selectable === true ? 200 : 400);
      assert.equal((await send("GET", `?sort_key=${name}`)).status, def.sortable === true ? 200 : 400);
      const own = await create({ description: "d" });
      const { status } = await send("PATCH", `/${own}`, [{ op: "remove", path: `/${name}` }]);
      const removable = def.patch !== "read-only" && def.patch?.includes("remove") === true;
      assert.equal(status, removable ? 200 : 400);
    });

  it("keep what is needed, and refuse what could not be evaluated", async () => {
    const conditions = [{ op: "lt", args: { values: [1, 2] }, loop: [1], foo: "bar" }];
    const made = (await send("POST", "", { ...RULE, conditions })).json as { conditions: object[] };
    assert.deepEqual(made.conditions, [{ op: "lt", args: { values: [1, 2] }, loop: [1], multiple: "any" }]);
    for (const wrong of [
      { actions: [] },
      { actions: [{ op: "nosuch", args: {} }] },
      { actions: [{ op: "fail", args: {} }] },
      { actions: [{ op: "fail", args: { msg: "m", foo: 1 } }] },
      { actions: [{ op: "fail", args: ["a", "b"] }] },
      { conditions: [{ op: "eq", args: { value: 1 } }] },
      { conditions: [{ op: "! eq", args: { values: [1, 1] } }] },
      { priority: 10_000 },
      { priority: null },
      { phase: "early" },
      { uuid: "X" },
      { foo: 1 },
    ])
      assert.equal((await send("POST", "", { ...RULE, ...wrong })).status, 400, JSON.stringify(wrong));
    assert.equal((await send("POST", "", { ...RULE, uuid: rule })).status, 409);
    assert.equal((await send("GET", "/nosuch")).status, 400);
  });

  it("hide what is sensitive, for ever", async () => {
    const { json } = await send("POST", "", { ...RULE, sensitive: true });
    const { uuid, actions, conditions } = json as { uuid: string; actions: unknown; conditions: unknown };
    assert.deepEqual([actions, conditions], [null, null]);
    const selected = (await send("GET", `/${uuid}?fields=actions`)).json as { actions: unknown };
    assert.equal(selected.actions, null);
    for (const patch of [
      { op: "replace", path: "/sensitive", value: false },
      { op: "remove", path: "/sensitive" },
    ])
      assert.equal((await send("PATCH", `/${uuid}`, [patch])).status, 400);
  });

  it("have links that name the collection as the contract does", async () => {
    const { json } = await send("GET", "?limit=1&phase=x&sort_key=priority");
    assert.match(
      (json as { next: string }).next,
      /\/v1\/inspection\?filters=\{'phase': 'x'\}&sort_key=priority&sort_dir=asc&fields=uuid,priority,phase,description&limit=1&marker=/,
    );
  });
});
