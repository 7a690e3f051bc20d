/** Root device hints are refused before anything runs, never ignored: an ignored hint would mean another disk. */
import assert from "node:assert/strict";
import type { Json } from "../../../../common/json.ts";
import type { Node } from "../../../../common/objects/node.ts";
import { checkRootDeviceHints } from "../../../../drivers/agent/root-device.ts";

const check = (root_device: Json, holder = "properties") =>
  checkRootDeviceHints({
    uuid: "u-1",
    properties: {},
    instance_info: {},
    [holder]: { root_device },
  } as unknown as Node);

describe("root device hints", () => {
  for (const hints of [
    { serial: "s== X1" },
    { size: 100 },
    { size: ">= 100" },
    { size: "<or> 60 <or> 100" },
    { rotational: false },
    { rotational: "yes", wwn: "0x5000", by_path: "/dev/disk/by-path/x", hctl: "1:0:0:0" },
    {},
    null,
  ]) {
    it(`accepts ${JSON.stringify(hints)}`, () => check(hints));
  }

  for (const [hints, message] of [
    [{ serail: "X" }, /properties of node u-1: the hint "serail" is not known; use size, model/],
    [{ size: "abc" }, /"size" must be a whole number of GiB, not "abc"/],
    [{ size: 0 }, /whole number/],
    [{ rotational: "maybe" }, /"rotational" must be true or false/],
    [{ serial: "" }, /"serial" must be a text/],
    [{ serial: { a: 1 } }, /"serial" must be a text/],
    [{ toString: "x" }, /"toString" is not known/],
    ["/dev/sda", /must be an object of hints/],
  ] as const) {
    it(`refuses ${JSON.stringify(hints)}`, () => {
      assert.throws(() => check(hints), message);
    });
  }

  it("are checked in instance_info too", () => {
    assert.throws(() => check({ x: "y" }, "instance_info"), /instance_info of node u-1/);
  });
});
