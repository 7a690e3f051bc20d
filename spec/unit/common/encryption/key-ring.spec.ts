/** Sealed texts open in their place with their key, and in no other way. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { KeyRing } from "../../../../common/encryption/key-ring.ts";
import { textSource } from "../../../../common/encryption/key-source.ts";
import { newKeyText, parseKeys } from "../../../../common/encryption/secret-key.ts";
import { SecretDamaged, SecretKeyMissing, SecretKeysUnusable } from "../../../../common/errors/secrets.ts";

const record = () => "r";
const ringOf = (...keys: readonly string[]) => new KeyRing(textSource(keys.join(",")), true);

describe("key ring", () => {
  const [one, two] = [newKeyText(), newKeyText()];

  it("opens what it sealed, whatever it is, and never seals the same way twice", () => {
    const ring = ringOf(one);
    for (const text of ["", "s3cr\u00e9t \u{1F511}", "x".repeat(1_000_000), '"\\u0000"']) {
      const sealed = ring.seal(text, "database", "a");
      assert.equal(ring.open(sealed, "database", "a", record), text);
      assert.equal(sealed.keyId, ring.primary?.id);
      assert.notEqual(ring.seal(text, "database", "a").text, sealed.text);
    }
  });

  it("refuses another binding, another purpose, and every flipped or missing byte", () => {
    const ring = ringOf(one);
    const sealed = ring.seal("secret", "database", "node 1");
    const refused = (text: string, purpose: "database" | "queue x" = "database", binding = "node 1") =>
      assert.throws(() => ring.open({ ...sealed, text }, purpose, binding, record), SecretDamaged.matches);
    refused(sealed.text, "database", "node 2");
    refused(sealed.text, "queue x");
    const bytes = Buffer.from(sealed.text, "base64");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      refused(changed.toString("base64"));
      refused(bytes.subarray(0, at).toString("base64"));
    }
  });

  it("encrypts with its first key and decrypts with all; a key that is missing is named", () => {
    const old = ringOf(one).seal("secret", "database", "b");
    const ring = ringOf(two, one);
    assert.equal(ring.open(old, "database", "b", record), "secret");
    assert.equal(ring.seal("x", "database", "b").keyId, ringOf(two).primary?.id);
    assert.throws(
      () => ringOf(two).open(old, "database", "b", record),
      (error) => SecretKeyMissing.matches(error) && error.message.includes(String(old.keyId)),
    );
  });

  it("reads its source again when it meets a key that is new", async () => {
    let text = one;
    const ring = new KeyRing({ name: "f", read: () => parseKeys(text) }, true);
    const sealed = ringOf(two).seal("secret", "database", "b");
    text = `${two}\n${one}`;
    const open = () => ring.open(sealed, "database", "b", record);
    assert.throws(open, SecretKeyMissing.matches, "not more often than once a second");
    await new Promise((done) => setTimeout(done, 1050));
    assert.equal(open(), "secret");
    assert.equal(
      ring.seal("x", "database", "b").keyId,
      ringOf(one).primary?.id,
      "what encrypts changes at a start only",
    );
  });

  it("takes base64 and hexadecimal with comments, and shows no key when it refuses one", () => {
    const hex = Buffer.from(one, "base64").toString("hex");
    assert.deepEqual(
      parseKeys(`# a, b\n${hex} # mine\n\n ${two}`).map(({ id }) => id),
      [one, two].map((key) => parseKeys(key)[0]?.id),
    );
    for (const bad of ["", "canary", `${one}canary`, `${one} canary`])
      assert.throws(
        () => ringOf(bad),
        (error) =>
          SecretKeysUnusable.matches(error) && !error.message.includes("canary") && !error.message.includes(one),
      );
  });

  it("shows no key when it is logged", () => {
    const ring = ringOf(one);
    ring.seal("x", "database", "b");
    const shown = `${inspect(ring, { depth: 9, showHidden: true })} ${JSON.stringify(ring)}`;
    assert.ok(!shown.includes(one));
    assert.ok(!shown.includes(Buffer.from(one, "base64").toString("hex")));
  });
});
