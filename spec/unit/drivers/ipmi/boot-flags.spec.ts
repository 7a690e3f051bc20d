/** Boot flags as bytes, after IPMI 2.0 table 28-14, parameter 5. */
import assert from "node:assert/strict";
import { parseFlags, writeFlags } from "../../../../drivers/ipmi/boot-flags.ts";

const bytes = (command: readonly string[]) => command.slice(4).join(" ");

describe("boot flags", () => {
  it("are written with valid, persistent, EFI and device bits", () => {
    assert.equal(bytes(writeFlags({ device: "pxe", persistent: true, mode: "uefi" })), "0xe0 0x04 0x00 0x00 0x00");
    assert.equal(bytes(writeFlags({ device: "disk", persistent: false, mode: "bios" })), "0x80 0x08 0x00 0x00 0x00");
    assert.equal(bytes(writeFlags({ device: null, persistent: true, mode: "bios" })), "0xc0 0x00 0x00 0x00 0x00");
  });

  it("are read back, also from a BMC that sets the parameter-invalid bit", () => {
    const flags = { valid: true, persistent: true, mode: "uefi", device: "pxe" };
    assert.deepEqual(parseFlags(" 01 05 e0 04 00 00 00\n"), flags);
    assert.deepEqual(parseFlags(" 01 85 e0 04 00 00 00\n"), flags);
    assert.deepEqual(parseFlags(" 01 05 00 00 00 00 00"), {
      valid: false,
      persistent: false,
      mode: "bios",
      device: null,
    });
  });

  it("are unknown when the answer is something else", () => {
    for (const garbage of ["", "garbage", " 01", " 01 05", " 01 05 zz 00", " 01 04 e0 04"])
      assert.equal(parseFlags(garbage), null);
  });
});
