/** Copies that calls within the process travel as. */
import assert from "node:assert/strict";
import { plainCopy } from "../../../common/plain-copy.ts";

describe("a plain copy", () => {
  it("shares nothing with its original", () => {
    const original = { values: { extra: { rack: "r1" }, traits: ["CUSTOM_A", { deep: [1, true, null] }] } };
    const copy = plainCopy(original);
    assert.deepEqual(copy, original);
    assert.notEqual(copy.values.extra, original.values.extra);
    assert.notEqual(copy.values.traits, original.values.traits);
    assert.notEqual(copy.values.traits[1], original.values.traits[1]);
  });

  it("leaves out what is undefined, as JSON does", () => {
    assert.deepEqual(Object.keys(plainCopy({ a: undefined, b: null, c: 0 })), ["b", "c"]);
    assert.equal(plainCopy(undefined), undefined);
  });

  it("keeps a key named __proto__ a key", () => {
    const copy = plainCopy(JSON.parse('{"extra": {"__proto__": {"admin": true}, "constructor": 1}}'));
    assert.deepEqual(Object.keys(copy.extra), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(copy.extra), Object.prototype);
    assert.equal(copy.extra.admin, undefined);
    assert.equal(JSON.stringify(copy), '{"extra":{"__proto__":{"admin":true},"constructor":1}}');
  });

  it("takes objects without a prototype", () => {
    assert.deepEqual(plainCopy(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
  });

  it("refuses what JSON would lose", () => {
    for (const [value, what] of [
      [new Map(), /a Map/],
      [new Date(0), /a Date/],
      [() => 1, /a function/],
      [1n, /a bigint/],
      [Symbol("s"), /a symbol/],
      [new (class Task {})(), /a Task/],
    ] as const)
      assert.throws(() => plainCopy({ values: [value] }), { name: "TypeError", message: what });
  });
});
