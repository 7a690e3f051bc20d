/** What ipmitool 1.8.19 said, as it was seen. */
import assert from "node:assert/strict";
import { diagnose, isTransient } from "../../../../drivers/ipmi/diagnosis.ts";

const PREAMBLE = `Loading IANA PEN Registry...
Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20
Invalid completion code received: Invalid command
Discovered IPMB address 0x0
`;

describe("diagnosis of what ipmitool said", () => {
  it("takes a BMC that dies after the session began for silent: it may come back", () => {
    const diagnosis = diagnose(
      `${PREAMBLE}Unable to set Chassis Power Control to Up/On\nClose Session command failed\n`,
    );
    assert.equal(diagnosis, "silent");
    assert.ok(isTransient(diagnosis));
  });

  it("takes a command that the BMC does not know for refused: waiting does not help", () => {
    const diagnosis = diagnose(`${PREAMBLE}Set Chassis Power Control to Up/On failed: Invalid command\n`);
    assert.equal(diagnosis, "refused");
    assert.ok(!isTransient(diagnosis));
  });
});
