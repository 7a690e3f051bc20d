/** JSON patch: the operations the contract offers, on documents that stay untouched. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { applyPatch, type PatchOperation, patchBody } from "../../../api/engine/json-patch.ts";

const apply = (document: Record<string, unknown>, ...operations: PatchOperation[]) => applyPatch(document, operations);

describe("JSON patch", () => {
  it("adds, replaces and removes members at any depth", () => {
    assert.deepEqual(apply({ a: { b: 1 } }, { op: "add", path: "/a/c", value: 2 }), { a: { b: 1, c: 2 } });
    assert.deepEqual(apply({ a: { b: 1 } }, { op: "replace", path: "/a/b", value: [] }), { a: { b: [] } });
    assert.deepEqual(apply({ a: { b: 1 } }, { op: "remove", path: "/a/b" }), { a: {} });
    assert.deepEqual(apply({ a: 1 }, { op: "add", path: "/a", value: 2 }), { a: 2 });
  });

  it("inserts into lists by index or at the end", () => {
    const operations: PatchOperation[] = [
      { op: "add", path: "/l/1", value: 9 },
      { op: "add", path: "/l/-", value: 5 },
      { op: "remove", path: "/l/0" },
      { op: "replace", path: "/l/0", value: 8 },
    ];
    assert.deepEqual(apply({ l: [1, 2] }, ...operations), { l: [8, 2, 5] });
  });

  const refused: readonly [string, Record<string, unknown>, PatchOperation][] = [
    ["replacing what is not there", { a: {} }, { op: "replace", path: "/a/x", value: 1 }],
    ["removing what is not there", { a: {} }, { op: "remove", path: "/a/x" }],
    ["adding below what is not there", { a: {} }, { op: "add", path: "/a/x/y", value: 1 }],
    ["adding below a text", { a: "text" }, { op: "add", path: "/a/x", value: 1 }],
    ["adding below null", { a: null }, { op: "add", path: "/a/x", value: 1 }],
    ["an index past the end", { l: [1] }, { op: "add", path: "/l/3", value: 1 }],
    ["removing the place behind the end", { l: [1] }, { op: "remove", path: "/l/-" }],
    ["an index with a leading zero", { l: [1, 2] }, { op: "remove", path: "/l/01" }],
    ["a name where a list needs an index", { l: [1] }, { op: "add", path: "/l/length", value: 0 }],
    ["an inherited member", { a: {} }, { op: "replace", path: "/a/toString", value: 1 }],
  ];
  for (const [what, document, operation] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => apply(document, operation), { name: "PatchError" });
    });
  }

  it("applies all operations or none, and never changes the document it was given", () => {
    const document = { a: { b: [1] } };
    const copy = structuredClone(document);
    assert.throws(() => apply(document, { op: "add", path: "/a/b/-", value: 2 }, { op: "remove", path: "/x" }));
    apply(document, { op: "add", path: "/a/b/-", value: 2 });
    assert.deepEqual(document, copy);
  });

  it("keeps __proto__ an own key", () => {
    const patched = apply({ a: {} }, { op: "add", path: "/a/__proto__", value: { x: 1 } });
    assert.equal(JSON.stringify(patched), '{"a":{"__proto__":{"x":1}}}');
    assert.equal(JSON.stringify(apply(patched, { op: "remove", path: "/a/__proto__" })), '{"a":{}}');
  });

  it("removing what was added gives the document back", () => {
    const key = fc.string({ minLength: 1 }).filter((text) => /^[A-Za-z0-9_-]+$/.test(text));
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), key, fc.jsonValue(), (document, name, value) => {
        fc.pre(!Object.hasOwn(document, name));
        const path = `/${name}`;
        const back = apply(document, { op: "add", path, value }, { op: "remove", path });
        assert.equal(JSON.stringify(back), JSON.stringify({ ...document }));
      }),
    );
  });

  for (const body of [
    {},
    [{ op: "test", path: "/a", value: 1 }],
    [{ op: "move", path: "/a", from: "/b" }],
    [{ op: "add", value: 1 }],
    [{ op: "add", path: "a", value: 1 }],
    [{ op: "add", path: "", value: 1 }],
    [{ op: "add", path: "/a~1b", value: 1 }],
    [{ op: "add", path: "/a", value: 1, extra: 1 }],
  ]) {
    it(`does not take ${JSON.stringify(body)}`, () => {
      assert.throws(() => patchBody.check(body), { name: "InvalidParameterValue" });
    });
  }
});
