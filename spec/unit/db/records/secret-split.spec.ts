import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../../common/json.ts";
import { MASK, maskSecrets } from "../../../../common/secrets.ts";
import { revealSecrets, splitSecrets } from "../../../../db/records/secret-split.ts";

const NONE = new Map<string, string>();

describe("splitting secrets from a document", () => {
  it("names them by JSON pointer, with / and ~ escaped", () => {
    const { masked, secrets } = splitSecrets({ "a/b": [{ "c~password": 5 }], password: null }, NONE);
    assert.deepEqual(masked, { "a/b": [{ "c~password": MASK }], password: null });
    assert.deepEqual([...secrets], [["/a~1b/0/c~0password", "5"]]);
  });

  it("lets secrets in lists follow their element when others are added or removed", () => {
    const document = { users: ["x", "y", "z"].map((name) => ({ name, password: `of-${name}` })) };
    const { masked, secrets } = splitSecrets(document, NONE);
    const [x, y, z] = (masked.users as JsonObject[]) ?? [];
    const moved = { users: [{ name: "new", password: "n" }, z, x].filter((user) => user !== undefined) };
    const after = splitSecrets(moved, secrets, masked);
    assert.deepEqual(revealSecrets(after.masked, after.secrets), {
      users: [
        { name: "new", password: "n" },
        { name: "z", password: "of-z" },
        { name: "x", password: "of-x" },
      ],
    });
    assert.ok(y !== undefined && ![...after.secrets.values()].includes('"of-y"'));
  });

  it("never hands the secret of one element to another that only took its place", () => {
    const document = {
      users: [
        { name: "x", password: "of-x" },
        { name: "y", password: "of-y" },
      ],
    };
    const { masked, secrets } = splitSecrets(document, NONE);
    const after = splitSecrets({ users: [{ name: "stranger", password: MASK }] }, secrets, masked);
    assert.equal(after.secrets.size, 0);
  });

  it("reveals exactly what was split, for any document", () => {
    const key = fc.oneof(fc.string(), fc.constantFrom("password", "a/secret~", "configdrive", "__proto__", "0"));
    const { document } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.string(),
        fc.array(tie("value"), { maxLength: 4 }),
        tie("document"),
      ),
      document: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(document, (generated) => {
        const original: JsonObject = JSON.parse(JSON.stringify(generated));
        const { masked, secrets } = splitSecrets(original, NONE);
        assert.deepEqual(masked, maskSecrets(original));
        assert.deepEqual(revealSecrets(masked, secrets), original);
        const back = splitSecrets(masked, secrets, masked);
        assert.deepEqual(new Map(back.secrets), new Map(secrets));
      }),
      { numRuns: 300 },
    );
  });
});
