/** Users, LAN and serial-line settings of ipmi_sim, read and set, with what ipmitool says of the same BMC beside it. */
import assert from "node:assert/strict";
import { lanSettings } from "../../../../../drivers/ipmi/client/lan.ts";
import { solSettings } from "../../../../../drivers/ipmi/client/sol-settings.ts";
import {
  enableUser,
  setPassword,
  setUserAccess,
  setUserName,
  testPassword,
  userAccess,
  users,
} from "../../../../../drivers/ipmi/client/users.ts";
import { ComparedBmc, shown, trouble } from "./bench.ts";

describe("IPMI client's settings, compared with ipmitool", () => {
  const bmc = new ComparedBmc({ serial: 1 });
  const { send, tool } = bmc;

  it("users: names and what each may do", async () => {
    const lines = (await tool("-c", "user", "list", "1"))
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const ours = (await users(send, 1)).filter(({ name }) => name !== "");
    for (const user of ours) {
      const theirs = lines.find(([id]) => id === String(user.id));
      assert.equal(user.name, theirs?.[1]);
      assert.equal(user.privilege, theirs?.at(-1)?.toLowerCase());
      assert.equal(String(user.mayUseIpmi), theirs?.[4]);
      assert.equal(String(user.mayAuthenticateLinks), theirs?.[3]);
    }
    assert.deepEqual(ours.map(({ name }) => name).slice(0, 2), ["admin", "reader"]);
    const summary = shown(await tool("user", "summary", "1"));
    const { most, fixedNames } = await userAccess(send, 1, 1);
    assert.equal(String(most), summary["Maximum IDs"]);
    assert.equal(String(fixedNames), summary["Fixed Name Count"]);
  });

  it("a user that is made here logs in there, until it is switched off", async () => {
    await setUserName(send, 4, "guest");
    await setPassword(send, 4, "a-long-password-1234".slice(0, 16));
    await setUserAccess(send, 4, { privilege: "operator", mayUseIpmi: true }, 1);
    await enableUser(send, 4, true);
    assert.equal(await testPassword(send, 4, "a-long-password-"), true);
    // ipmi_sim takes every password for the right one, and says so to both.
    const theirs = await tool("user", "test", "4", "16", "another");
    assert.equal(await testPassword(send, 4, "another"), /Success/.test(theirs));
    const guest = { username: "guest", password: "a-long-password-", privilege: 3 };
    const asGuest = bmc.sender(guest);
    assert.equal((await userAccess(asGuest, 4, 1)).user.privilege, "operator");
    assert.match(await tool("user", "list", "1"), /4\s+guest .*OPERATOR/);
    await enableUser(send, 4, false);
    const refused = await trouble(userAccess(bmc.sender(guest), 4, 1));
    assert.equal(refused.trouble, "credentials");
  });

  it("LAN: address, mask, gateway and MAC, or the same refusal", async () => {
    const print = await tool("lan", "print", "1");
    const theirs = shown(print);
    const ours = await lanSettings(send, 1).catch(String);
    if (typeof ours === "string") return assert.match(ours, /completion code/, print);
    assert.equal(ours.address, theirs["IP Address"]);
    assert.equal(ours.mask, theirs["Subnet Mask"]);
    assert.equal(ours.mac, theirs["MAC Address"]);
    assert.equal(ours.gateway, theirs["Default Gateway IP"]);
  });

  it("the serial line's settings, those that the BMC does not know too", async () => {
    const theirs = shown(await tool("sol", "info", "1"));
    const ours = await solSettings(send, 1);
    assert.equal(String(ours.enabled), theirs.Enabled);
    // ipmi_sim does not know these; ipmitool shows 0 for it.
    assert.equal(ours.retryMs, null);
    assert.equal(theirs["Retry Interval (ms)"], "0");
    assert.deepEqual([ours.retries, ours.threshold], [null, null]);
  });
});
