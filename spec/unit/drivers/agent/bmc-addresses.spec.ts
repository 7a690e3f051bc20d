/** By which addresses of its BMC a node is known to its inspection. */
import assert from "node:assert/strict";
import { bmcAddress } from "../../../../common/bmc-addresses.ts";
import type { Json } from "../../../../common/json.ts";
import { bmcAddressesOf } from "../../../../drivers/agent/bmc-addresses.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "bmc1.example": ["192.0.2.1"],
  "bmc2.example": ["192.0.2.2", "192.0.2.3", "2001:DB8::2"],
  localhost: ["127.0.0.1", "::1"],
};

async function known(driverInfo: Readonly<Record<string, Json>>, unheard: string[] = []): Promise<readonly string[]> {
  const resolve = async (host: string) => NAMES[host] ?? (/^[\d.]+$|:/.test(host) ? [host.replace(/[[\]]/g, "")] : []);
  return await bmcAddressesOf(driverInfo, { resolve, unknown: (key, host) => unheard.push(`${key} ${host}`) });
}

describe("addresses that a BMC is known by", () => {
  it("are those of every key that ends in _address", async () => {
    const info = {
      ipmi_address: "192.0.2.1",
      redfish_address: "https://192.0.2.2:8000/redfish/v1",
      vendor_address: "//192.0.2.3",
      deploy_kernel: "http://192.0.2.4/kernel",
      redfish_addresses: "192.0.2.5",
      ipmi_username: "192.0.2.6",
    };
    assert.deepEqual(await known(info), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  });

  for (const [written, expected] of [
    ["192.0.2.1", ["192.0.2.1"]],
    [" 192.0.2.1 ", ["192.0.2.1"]],
    ["192.0.2.1:8000", ["192.0.2.1"]],
    ["https://user:secret@192.0.2.1", ["192.0.2.1"]],
    ["fd00::8", ["fd00::8"]],
    ["FD00:0::0008", ["fd00::8"]],
    ["[fd00::8]", ["fd00::8"]],
    ["https://[FD00::8]:443/", ["fd00::8"]],
    ["fe80::1%eth0", ["fe80::1"]],
    ["bmc1.example", ["bmc1.example", "192.0.2.1"]],
    ["BMC1.example", ["bmc1.example", "192.0.2.1"]],
    ["https://bmc2.example/", ["bmc2.example", "192.0.2.2", "192.0.2.3", "2001:db8::2"]],
    ["127.0.0.1", []],
    ["::1", []],
    ["0.0.0.0", []],
    ["localhost", []],
    ["https://localhost:8000", []],
    ["0x20", []],
    ["not a host!", []],
    ["52:54:00:00:00:01", []],
    ["http://", []],
    ["", []],
    [null, []],
    [5, []],
    [["192.0.2.1"], []],
    [{ host: "192.0.2.1" }, []],
  ] as const)
    it(`of ${JSON.stringify(written)}: ${expected.join(", ") || "none"}`, async () => {
      assert.deepEqual(await known({ redfish_address: written as Json }), expected);
    });

  it("are told once each", async () => {
    assert.deepEqual(await known({ ipmi_address: "192.0.2.1", redfish_address: "https://bmc1.example" }), [
      "192.0.2.1",
      "bmc1.example",
    ]);
  });

  it("leave out a name that nobody knows, and say so", async () => {
    const unheard: string[] = [];
    assert.deepEqual(await known({ ipmi_address: "gone.example", redfish_address: "192.0.2.1" }, unheard), [
      "192.0.2.1",
    ]);
    assert.deepEqual(unheard, ["ipmi_address gone.example"]);
  });

  it("are asked of the system where nothing else is said", async () => {
    const unheard: string[] = [];
    const unknown = (key: string) => unheard.push(key);
    const info = { ipmi_address: "192.0.2.1", redfish_address: "https://localhost", b_address: "name.invalid" };
    assert.deepEqual(await bmcAddressesOf(info, { unknown }), ["192.0.2.1"]);
    assert.deepEqual(unheard, ["b_address"]);
  });

  it("are written in one way, or not at all when they tell no machine from another", () => {
    assert.deepEqual(["2001:0DB8::1", " BMC.Example ", "[::ffff:192.0.2.1]", "fe80::1%3"].map(bmcAddress), [
      "2001:db8::1",
      "bmc.example",
      "::ffff:192.0.2.1",
      "fe80::1",
    ]);
    for (const text of ["", " ", "[]", "%", "127.0.0.1", "::", "::1", "0.0.0.0", "::ffff:127.0.0.1", "x".repeat(254)])
      assert.equal(bmcAddress(text), null, text);
  });
});
