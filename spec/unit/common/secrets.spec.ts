/** Masking of secrets by key, at any depth. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../../../common/json.ts";
import { isSecretKey, MASK, maskSecrets } from "../../../common/secrets.ts";

const keys = fc.oneof(
  fc.constantFrom(
    "ipmi_password",
    "REDFISH_PASSWORD",
    "agent_secret_token",
    "configdrive",
    "image_url",
    "snmp_auth_key",
  ),
  fc.string({ maxLength: 8 }),
);
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(keys, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const record = fc.dictionary(keys, tree, { maxKeys: 6, noNullPrototype: true });

function everySecret(value: Json, found: Json[] = []): readonly Json[] {
  if (Array.isArray(value)) for (const item of value) everySecret(item, found);
  else if (isJsonObject(value))
    for (const [key, inner] of Object.entries(value)) {
      if (isSecretKey(key)) found.push(inner);
      else everySecret(inner, found);
    }
  return found;
}

describe("masking of secrets", () => {
  it("masks passwords of every driver whatever their case", () => {
    for (const key of [
      "ipmi_password",
      "redfish_password",
      "Drac_Password",
      "snmp_priv_key",
      "ssh_private_key",
      "ipmi_hex_kg_key",
    ])
      assert.ok(isSecretKey(key), key);
    for (const key of ["ipmi_address", "ipmi_username", "image_source", "image_checksum", "deploy_kernel"])
      assert.ok(!isSecretKey(key), key);
  });

  it("leaves null, which tells that none is set", () => {
    assert.deepEqual(maskSecrets({ ipmi_password: null, configdrive: "x" }), {
      ipmi_password: null,
      configdrive: MASK,
    });
  });

  it("leaves no secret of any record, and changes nothing else", () => {
    fc.assert(
      fc.property(record, (value: JsonObject) => {
        const before = structuredClone(value);
        const masked = maskSecrets(value);
        assert.deepEqual(value, before, "the record itself was changed");
        assert.ok(everySecret(masked).every((secret) => secret === MASK || secret === null));
        assert.deepEqual(maskSecrets(masked), masked);
        assert.deepEqual(Object.keys(masked), Object.keys(value));
      }),
    );
  });
});
