import { strict as assert } from "node:assert";
import { planNetwork } from "../../../../ipa-agent/network/network-data.ts";
import { prefixOf } from "../../../../ipa-agent/network/prefix.ts";

const INTERFACES = [
  { name: "eth0", mac: "52:54:00:00:00:01" },
  { name: "eth1", mac: "52:54:00:00:00:02" },
];
const phy = (id: string, end: string) => ({ id, type: "phy", ethernet_mac_address: `52-54-00-00-00-${end}` });

describe("network data of a node", () => {
  const lines = (data: Parameters<typeof planNetwork>[0], exists?: (device: string) => boolean) =>
    planNetwork(data, INTERFACES, exists).commands.map((command) => command.join(" "));

  it("give an interface its fixed address, routes and name servers", () => {
    const data = {
      links: [{ ...phy("nic", "01"), mtu: 9000 }],
      networks: [
        {
          ...{ id: "n", link: "nic", type: "ipv4", network_id: "x", ip_address: "10.0.0.5", netmask: "255.255.240.0" },
          routes: [
            { network: "0.0.0.0", netmask: "0.0.0.0", gateway: "10.0.0.1" },
            { network: "192.168.0.0", netmask: "255.255.0.0", gateway: "10.0.0.2" },
          ],
        },
        {
          ...{ id: "m", link: "nic", type: "ipv6", network_id: "x", ip_address: "fd00::5/64" },
          routes: [{ network: "::", netmask: "::", gateway: "fd00::1" }],
        },
      ],
      services: [
        { type: "dns", address: "10.0.0.53" },
        { type: "dns", address: "fd00::53" },
      ],
    };
    const plan = planNetwork(data, INTERFACES);
    assert.deepEqual(lines(data), [
      "link set dev eth0 mtu 9000",
      "link set dev eth0 up",
      "addr replace 10.0.0.5/20 dev eth0",
      "route replace default via 10.0.0.1 dev eth0",
      "route replace 192.168.0.0/16 via 10.0.0.2 dev eth0",
      "addr replace fd00::5/64 dev eth0 nodad",
      "-6 route replace default via fd00::1 dev eth0",
    ]);
    assert.deepEqual([plan.nameServers, plan.problems, plan.dhcp], [["10.0.0.53", "fd00::53"], [], []]);
  });

  it("build a bond and a VLAN on it, once", () => {
    const data = {
      links: [
        { id: "v", type: "vlan", vlan_id: 77, vlan_link: "bond", vlan_mac_address: "52:54:00:00:00:03" },
        {
          id: "bond",
          type: "bond",
          bond_mode: "802.3ad",
          bond_links: ["a", "b"],
          ethernet_mac_address: "52:54:00:00:00:01",
        },
        phy("a", "01"),
        phy("b", "02"),
      ],
      networks: [{ id: "n", link: "v", type: "ipv4_dhcp", network_id: "x" }],
    };
    assert.deepEqual(lines(data).slice(2), [
      "link add name bond type bond mode 802.3ad miimon 100",
      "link set dev eth0 down",
      "link set dev eth0 master bond",
      "link set dev eth1 down",
      "link set dev eth1 master bond",
      "link set dev bond address 52:54:00:00:00:01",
      "link set dev bond up",
      "link add link bond name v type vlan id 77",
      "link set dev v address 52:54:00:00:00:03",
      "link set dev v up",
    ]);
    assert.deepEqual(planNetwork(data, INTERFACES).dhcp, ["v"]);
    assert.equal(lines(data, () => true).length, 2);
  });

  it("that name what is not here, or nothing that can be used, are told as problems and do no harm", () => {
    const plan = planNetwork(
      {
        links: [phy("far", "09"), { id: "v", type: "vlan", vlan_id: 5000, vlan_link: "near" }, phy("near", "01"), 7],
        networks: [
          { id: "n1", link: "far", type: "ipv4", ip_address: "10.0.0.5" },
          { id: "n2", link: "near", type: "ipv4", ip_address: "10.0.0.555", netmask: "255.255.255.0" },
          { id: "n3", link: "near", type: "ipv4", ip_address: "10.0.0.5", netmask: "255.0.255.0" },
          { id: "n4", link: "near", type: "ipx" },
          { id: "n5", link: "near", type: "ipv4", ip_address: "10.0.0.5/24", routes: [{ network: "x", gateway: "y" }] },
        ],
        services: "none",
      },
      INTERFACES,
    );
    assert.deepEqual(
      plan.commands.map((command) => command.join(" ")),
      ["link set dev eth0 up", "addr replace 10.0.0.5/24 dev eth0"],
    );
    assert.equal(plan.problems.length, 7);
  });

  it("are nothing where nothing is said", () => {
    assert.deepEqual(planNetwork({}, INTERFACES), planNetwork({ links: [], networks: [] }, []));
  });

  it("write masks as dots, as a length, and for IPv6", () => {
    const length = (netmask: string | null, address = "10.0.0.1") => prefixOf(address, netmask)?.prefix ?? null;
    assert.deepEqual(
      ["255.255.255.255", "255.128.0.0", "0.0.0.0", "24", null, "255.0.0.255", "x"].map((mask) => length(mask)),
      [32, 9, 0, 24, 32, null, null],
    );
    assert.deepEqual(
      ["ffff:ffff:ffff:ffff::", "ffff:ffff:f000::", "::", "64", "ffff::ffff"].map((mask) => length(mask, "fd00::1")),
      [64, 36, 0, 64, null],
    );
  });
});
