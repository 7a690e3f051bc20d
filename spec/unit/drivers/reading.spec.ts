/** Values that operators write into a node: whatever JSON they are, they are refused or understood, and never an error of the language. */
import assert from "node:assert/strict";
import { type Json, writtenOf } from "../../../common/json.ts";
import { checkRootDeviceHints } from "../../../drivers/agent/root-device.ts";
import { capability } from "../../../drivers/boot-mode.ts";
import { booleanOf } from "../../../drivers/reading.ts";

/** String() throws at it. */
const ODD: Json = { toString: 0 };

describe("values of operators", () => {
  it("are written as they were given", () => {
    const cases: readonly (readonly [Json, string])[] = [
      ["a", "a"],
      [1.5, "1.5"],
      [true, "true"],
      [null, "null"],
      [ODD, '{"toString":0}'],
    ];
    for (const [value, words] of cases) assert.equal(writtenOf(value), words);
  });

  it("are true, false or neither, in Ironic's spellings", () => {
    for (const value of [true, "True", " yes ", "1", 1]) assert.equal(booleanOf(value), true, String(value));
    for (const value of [false, "OFF", 0]) assert.equal(booleanOf(value), false, String(value));
    for (const value of [undefined, null, "", "maybe", [], ODD]) assert.equal(booleanOf(value), null);
  });

  it("are refused by name as hints, and no capability's error", () => {
    const node = { uuid: "u", properties: { root_device: { size: ODD } }, instance_info: {} } as never;
    assert.throws(
      () => checkRootDeviceHints(node),
      /the hint "size" must be a whole number of GiB, not \{"toString":0\}/,
    );
    assert.equal(capability({ boot_mode: ODD }, "boot_mode"), '{"toString":0}');
  });
});
