import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type Address,
  broadcastOf,
  contains,
  formatAddress,
  fromBytes,
  hostAndPort,
  netmaskOf,
  networkOf,
  normalizeMac,
  parseAddress,
  parseNetwork,
  toBytes,
} from "../../../boot/address.ts";

const parsed = (text: string): Address => parseAddress(text) ?? assert.fail(`${text} is an address`);
const network = (text: string) => parseNetwork(text) ?? assert.fail(`${text} is a network`);

describe("addresses", () => {
  it("keep their bytes in both families", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    void fc.assert(
      fc.property(bytes, (given) => {
        const address = fromBytes(given);
        assert.deepEqual(toBytes(address), [...given]);
      }),
    );
  });

  it("are written and read the same in both families", () => {
    for (const text of ["10.77.0.1", "255.255.255.255", "fd00::1", "::1"])
      assert.equal(formatAddress(parsed(text)), text);
  });

  it("are not guessed from short, octal or foreign forms", () => {
    for (const text of ["10.1", "010.0.0.1", "0x7f000001", "1.2.3.4.5", "", "host", "1.2.3.256", "::g"])
      assert.equal(parseAddress(text), null, text);
  });

  it("take IPv4 inside IPv6 for what it is", () => {
    assert.deepEqual(parsed("::ffff:10.0.0.1"), parsed("10.0.0.1"));
  });

  it("know their network, its mask and its broadcast", () => {
    const net = network("10.77.3.9/22");
    assert.ok(contains(net, parsed("10.77.0.1")) && !contains(net, parsed("10.77.4.1")));
    assert.ok(!contains(net, parsed("fd00::1")));
    assert.equal(formatAddress(broadcastOf(net) ?? parsed("0.0.0.0")), "10.77.3.255");
    assert.equal(formatAddress(netmaskOf(net)), "255.255.252.0");
    assert.equal(broadcastOf(network("fd00::1/64")), null);
    assert.equal(networkOf("10.0.0.1", "255.255.254.0")?.prefix, 23);
    assert.equal(parseNetwork("10.0.0.0/33"), null);
  });

  it("stand in URLs with brackets when they are IPv6", () => {
    assert.equal(hostAndPort("fd00::1", 80), "[fd00::1]:80");
    assert.equal(hostAndPort("10.0.0.1", 80), "10.0.0.1:80");
  });
});

describe("MAC addresses", () => {
  it("are brought to lower case with colons, or refused", () => {
    assert.equal(normalizeMac("52-54-00-AA-BB-CC"), "52:54:00:aa:bb:cc");
    assert.equal(normalizeMac("52:54:00:aa:bb"), null);
    assert.equal(normalizeMac("52:54:00:aa:bb:cg"), null);
  });
});
