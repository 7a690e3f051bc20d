/** Static network data of a node: OpenStack's network metadata document. Source: contract schemas/network-data.json. */
import type { JsonSchema, Kind } from "../engine/values.ts";

const MAC = { type: "string", pattern: "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$" };
const NAME = { type: "string" };

function link(type: JsonSchema, own: JsonSchema, required: readonly string[]): JsonSchema {
  return {
    type: "object",
    properties: {
      id: NAME,
      mtu: { anyOf: [{ type: "null" }, { type: "number", minimum: 1, maximum: 65_535 }] },
      vif_id: NAME,
      type,
      ...own,
    },
    required: ["id", "type", ...required],
  };
}

const BOND_MODES = ["802.3ad", "balance-rr", "active-backup", "balance-xor", "broadcast", "balance-tlb", "balance-alb"];
const NIC_TYPES = ["bridge", "dvs", "hw_veb", "hyperv", "ovs", "tap", "vhostuser", "vif", "phy"];

const LINKS = [
  link({ enum: NIC_TYPES }, { ethernet_mac_address: MAC }, ["ethernet_mac_address"]),
  link(
    { const: "bond" },
    { ethernet_mac_address: MAC, bond_mode: { enum: BOND_MODES }, bond_links: { type: "array", items: NAME } },
    ["ethernet_mac_address", "bond_mode", "bond_links"],
  ),
  link({ const: "vlan" }, { vlan_mac_address: MAC, vlan_id: { type: "integer" }, vlan_link: NAME }, [
    "vlan_mac_address",
    "vlan_link",
    "vlan_id",
  ]),
];

const DNS = {
  type: "object",
  properties: {
    type: { enum: ["dns"] },
    address: { type: "string", anyOf: [{ format: "ipv4" }, { format: "ipv6" }] },
  },
  required: ["address", "type"],
};

/** An IPv6 network may have its prefix behind the address, hence no format there. */
function network(types: readonly string[], family: "ipv4" | "ipv6"): JsonSchema {
  const address = { type: "string", format: family };
  const route = {
    type: "object",
    properties: { network: address, netmask: address, gateway: address, services: { type: "array", items: DNS } },
    required: ["gateway", "netmask", "network"],
  };
  return {
    type: "object",
    properties: {
      id: NAME,
      link: NAME,
      network_id: NAME,
      type: { enum: types },
      ip_address: family === "ipv4" ? address : NAME,
      netmask: address,
      routes: { type: "array", items: route },
    },
    required: ["id", "link", "network_id", "type"],
  };
}

const NETWORK_DATA: JsonSchema = {
  type: "object",
  properties: {
    links: { type: "array", items: { oneOf: LINKS } },
    networks: {
      type: "array",
      items: { oneOf: [network(["ipv4", "ipv4_dhcp"], "ipv4"), network(["ipv6", "ipv6_dhcp", "ipv6_slaac"], "ipv6")] },
    },
    services: { type: "array", items: DNS },
  },
  required: ["links", "networks", "services"],
};

export const networkData: Kind = {
  schema: { anyOf: [{ type: "null" }, { type: "object", maxProperties: 0 }, NETWORK_DATA] },
  convert: (value) => value ?? {},
};
