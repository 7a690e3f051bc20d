/** Secrets in texts of controllers and requests in words. */
import assert from "node:assert/strict";
import { maskTexts } from "../../../common/mask-texts.ts";

const SECRET = "hunter2-very-secret";
const TEXTS: readonly string[] = [
  `POST /redfish/v1/SessionService/Sessions {"UserName": "admin", "Password": "${SECRET}"}`,
  `{"Oem":{"Password":"with \\" a quote ${SECRET}"}}`,
  `{"Password": "${SECRET} which was cut of`,
  `{"session_key": ${SECRET}}`,
  `https://admin:${SECRET}@10.0.0.1/redfish/v1`,
  `Authorization: Basic ${SECRET} and more ${SECRET}`,
  `x-auth-token: ${SECRET}`,
  `Set 1.3.6.1.4.1=1 community=${SECRET}`,
  `password: ${SECRET}`,
  `ipmi_hex_kg_key=${SECRET} rest`,
];

describe("masking of texts", () => {
  for (const text of TEXTS)
    it(`leaves no secret in ${text.slice(0, 40)}`, () => {
      assert.doesNotMatch(maskTexts(text), new RegExp(SECRET));
      assert.match(maskTexts(text), /\*{6}/);
    });

  it("leaves alone what tells no secret", () => {
    for (const text of [
      "Get Chassis Status",
      '{"PowerState": "On", "PasswordLength": null}',
      "Get 1.3.6.1.2.1.1.3.0=72",
    ])
      assert.equal(maskTexts(text).replace('"******"', "null"), text);
  });

  for (const piece of ['"', "a", "a-", "aA", "a=", "a://", "x@", '"a":"', "authorization", "password=", "  "])
    it(`is done in little time with a long text of ${JSON.stringify(piece)}`, () => {
      const text = piece.repeat(2048 / piece.length);
      const began = process.cpuUsage();
      for (let at = 0; at < 50; at++) maskTexts(text);
      const { user, system } = process.cpuUsage(began);
      assert.ok((user + system) / 50_000 < 3, `${(user + system) / 50_000} ms each`);
    });
});
