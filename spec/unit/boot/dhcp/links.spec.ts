import assert from "node:assert/strict";
import { formatAddress } from "../../../../boot/address.ts";
import { type HostTables, hostAddresses } from "../../../../boot/dhcp/host-addresses.ts";
import { linksOf } from "../../../../boot/dhcp/links.ts";

const v4 = (address: string) =>
  ({ family: "IPv4", address, netmask: "255.255.255.0", mac: "", internal: false, cidr: null }) as const;
const v6 = {
  family: "IPv6",
  address: "fd00::1",
  netmask: "ffff::",
  mac: "",
  internal: false,
  cidr: null,
  scopeid: 0,
} as const;

/** As Linux shows a tap device without carrier (t0) beside a route through a gateway. */
const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
a\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
t0\t0000050A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
t0\t0000060A\t0100050A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
t0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
`;
const TRIE = `Local:
              |-- 10.0.0.1
                 /32 host LOCAL
              |-- 10.5.0.9
                 /32 host LOCAL
              |-- 10.5.255.255
                 /32 link BROADCAST
`;
const tables: HostTables = {
  interfaces: { a: [v4("10.0.0.1"), v6, v4("10.0.1.1")], b: [v6] },
  routes: ROUTES,
  trie: TRIE,
};

describe("served interfaces", () => {
  it("are served with each of their IPv4 addresses", () => {
    const links = linksOf(["a"], hostAddresses(tables));
    assert.deepEqual(
      links.map((link) => [formatAddress(link.address), link.network.prefix]),
      [
        ["10.0.0.1", 24],
        ["10.0.1.1", 24],
      ],
    );
  });

  it("are served while no machine behind them is powered on (no carrier)", () => {
    const links = linksOf(["t0"], hostAddresses(tables));
    assert.deepEqual(
      links.map((link) => [formatAddress(link.address), link.network.prefix]),
      [["10.5.0.9", 16]],
    );
  });

  it("must exist and have an IPv4 address", () => {
    assert.throws(() => linksOf(["b"], hostAddresses(tables)), /names "b".*no IPv4 address; up with addresses: a, t0/);
    assert.throws(() => linksOf(["nonesuch0"]), /names "nonesuch0".*lo/);
    assert.deepEqual(hostAddresses({ interfaces: {}, routes: "garbage\nx y z", trie: "" }), []);
  });
});
