/** What the ramdisk tells of where its machine's BMC is; the texts are laid out as ipmitool 1.8.19 prints them. */
import assert from "node:assert/strict";
import { readBmc } from "../../../../ipa-agent/inventory/bmc.ts";

const lan = (address: string) => `Set in Progress         : Set Complete
IP Address Source       : Static Address
IP Address              : ${address}
Subnet Mask             : 255.255.255.0
MAC Address             : 52:54:00:00:00:01
`;
const fixed = (...addresses: readonly (readonly [address: string, enabled: string, status: string])[]) =>
  addresses
    .map(
      ([address, enabled, status], index) => `IPv6 Static Address ${index}:
    Enabled:        ${enabled}
    Address:        ${address}
    Status:         ${status}
`,
    )
    .join("");
const given = (...addresses: readonly (readonly [address: string, status: string])[]) =>
  addresses
    .map(
      ([address, status], index) => `IPv6 Dynamic Address ${index}:
    Source/Type:    SLAAC
    Address:        ${address}
    Status:         ${status}
`,
    )
    .join("");

/** A BMC whose ipmitool prints these by "lan 1", "static 1" and "dynamic 1", and fails with everything else. */
function bmc(printed: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const ask = async ([what, , channel, kind = "lan"]: readonly string[]) => {
    asked.push(`${what} ${channel}`);
    return printed[`${kind.replace("_addr", "")} ${channel}`] ?? null;
  };
  return { ask, asked };
}

describe("the BMC's addresses", () => {
  it("are those of the first channel that has any", async () => {
    const { ask, asked } = bmc({ "lan 1": lan("0.0.0.0"), "lan 3": lan("192.0.2.7"), "lan 4": lan("192.0.2.8") });
    const found = { bmc_address: "192.0.2.7", bmc_v6address: null, bmc_mac: "52:54:00:00:00:01" };
    assert.deepEqual(await readBmc(ask), found);
    assert.ok(!asked.includes("lan 4"));
  });

  it("are found by IPv6 where there is no IPv4", async () => {
    const { ask } = bmc({ "lan 1": lan("0.0.0.0"), "static 1": fixed(["fd00::7/64", "yes", "active"]) });
    const found = { bmc_address: null, bmc_v6address: "fd00::7", bmc_mac: "52:54:00:00:00:01" };
    assert.deepEqual(await readBmc(ask), found);
  });

  for (const [what, printed, expected] of [
    [
      "set",
      { "static 1": fixed(["fd00::7/64", "yes", "active"]), "dynamic 1": given(["fd00::8/64", "active"]) },
      "fd00::7",
    ],
    ["set second", { "static 1": fixed(["::/0", "no", "disabled"], ["fd00::7/64", "yes", "active"]) }, "fd00::7"],
    [
      "given by the network",
      { "static 1": fixed(["::/0", "no", "disabled"]), "dynamic 1": given(["fd00::8/64", "active"]) },
      "fd00::8",
    ],
    [
      "given beside a link-local one",
      { "dynamic 1": given(["fe80::1/64", "active"], ["fd00::8/64", "active"]) },
      "fd00::8",
    ],
    ["switched off", { "static 1": fixed(["fd00::7/64", "no", "disabled"]) }, null],
    ["link-local", { "dynamic 1": given(["fe80::1/64", "active"]) }, null],
    ["none", {}, null],
    ["rubbish", { "static 1": "Address: zz\nIPv6 Static Address 0:" }, null],
  ] as const)
    it(`by IPv6, ${what}: ${expected ?? "nothing"}`, async () => {
      const { ask } = bmc({ "lan 1": lan("192.0.2.7"), ...printed });
      const { bmc_address, bmc_v6address } = await readBmc(ask);
      assert.deepEqual([bmc_address, bmc_v6address], ["192.0.2.7", expected]);
    });

  it("are nothing where ipmitool fails, or the machine has no BMC", async () => {
    const nothing = { bmc_address: null, bmc_v6address: null, bmc_mac: null };
    assert.deepEqual(await readBmc(bmc({}).ask), nothing);
    assert.deepEqual(await readBmc(null), nothing);
  });
});
