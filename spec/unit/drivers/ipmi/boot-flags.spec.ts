/** Boot flags as bytes, after IPMI 2.0 table 28-14, parameter 5. */
import assert from "node:assert/strict";
import { parseFlags, writeFlags } from "../../../../drivers/ipmi/boot-flags.ts";

const bytes = (command: readonly number[]) => Buffer.from(command.slice(3)).toString("hex");
const answer = (hex: string) => [...Buffer.from(hex, "hex")];

describe("boot flags", () => {
  it("are written with valid, persistent, EFI and device bits", () => {
    assert.equal(bytes(writeFlags({ device: "pxe", persistent: true, mode: "uefi" })), "e004000000");
    assert.equal(bytes(writeFlags({ device: "disk", persistent: false, mode: "bios" })), "8008000000");
    assert.equal(bytes(writeFlags({ device: null, persistent: true, mode: "bios" })), "c000000000");
  });

  it("are read back, also from a BMC that sets the parameter-invalid bit", () => {
    const flags = { valid: true, persistent: true, mode: "uefi", device: "pxe" };
    assert.deepEqual(parseFlags(answer("0105e004000000")), flags);
    assert.deepEqual(parseFlags(answer("0185e004000000")), flags);
    assert.deepEqual(parseFlags(answer("01050000000000")), {
      valid: false,
      persistent: false,
      mode: "bios",
      device: null,
    });
  });

  it("are unknown when the answer is something else", () => {
    for (const garbage of ["", "01", "0105", "0105e0", "0104e004"]) assert.equal(parseFlags(answer(garbage)), null);
  });
});
