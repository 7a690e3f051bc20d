/** Names of traits, against the contract's list. */
import assert from "node:assert/strict";
import { isTrait } from "../../../common/traits.ts";
import { contractFile, WHY_SKIPPED } from "./contract-file.ts";

interface Names {
  readonly definitions: { readonly name: { readonly enum: readonly string[] } };
}
const facts = contractFile("schemas/standard-traits.json") as Names | null;

describe("names of traits", () => {
  it(`takes every standard trait ${facts === null ? WHY_SKIPPED : ""}`, function () {
    if (facts === null) return this.skip();
    assert.deepEqual(
      facts.definitions.name.enum.filter((name) => !isTrait(name)),
      [],
    );
  });

  it("takes custom ones of up to 255 characters", () => {
    assert.ok(isTrait("CUSTOM_GPU_2"));
    assert.ok(isTrait(`CUSTOM_${"A".repeat(248)}`));
    for (const name of ["", "custom_gpu", "CUSTOM_", "CUSTOM_gpu", "CUSTOM_A ", `CUSTOM_${"A".repeat(249)}`, "HW_NOPE"])
      assert.equal(isTrait(name), false, name);
  });
});
