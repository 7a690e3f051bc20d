/**
 * What a node's network_data (OpenStack's network metadata document; contract/schemas/network-data.json) means for the
 * ramdisk: commands of `ip`, in order, for the interfaces that this machine has.
 */
import type { JsonObject } from "../../common/json.ts";
import { isJsonObject } from "../../common/json.ts";
import { numberOf, textOf } from "../wire.ts";
import { prefixOf } from "./prefix.ts";

export interface NetworkPlan {
  /** Arguments of `ip`. */
  readonly commands: readonly (readonly string[])[];
  /** Devices that get their address by DHCP. */
  readonly dhcp: readonly string[];
  readonly nameServers: readonly string[];
  /** What was not understood, or has no interface here. */
  readonly problems: readonly string[];
}

export interface Interface {
  readonly name: string;
  /** Lower case with colons. */
  readonly mac: string;
}

interface Draft {
  readonly commands: string[][];
  readonly dhcp: string[];
  readonly nameServers: string[];
  readonly problems: string[];
  /** Device by link id. */
  readonly devices: Map<string, string>;
}

const NETWORK_OPTIONS: Readonly<Record<string, "static" | "dhcp" | "by itself">> = {
  ipv4: "static",
  ipv6: "static",
  ipv4_dhcp: "dhcp",
  ipv6_dhcp: "by itself",
  ipv6_slaac: "by itself",
};
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;
const BOND_MODE = /^[a-z0-9.-]{1,20}$/;

/** `exists`: devices that are there already, from an earlier start of the agent. */
export function planNetwork(
  data: JsonObject,
  interfaces: readonly Interface[],
  exists: (device: string) => boolean = () => false,
): NetworkPlan {
  const draft: Draft = { commands: [], dhcp: [], nameServers: [], problems: [], devices: new Map() };
  const links = objectsOf(data.links);
  for (const link of links) if (!isMade(link)) physical(draft, link, interfaces);
  for (const link of links) if (textOf(link, "type") === "bond") bond(draft, link, exists);
  for (const link of links) if (textOf(link, "type") === "vlan") vlan(draft, link, exists);
  for (const network of objectsOf(data.networks)) address(draft, network);
  nameServers(draft, data);
  return draft;
}

function isMade(link: JsonObject): boolean {
  return ["bond", "vlan"].includes(textOf(link, "type") ?? "");
}

function physical(draft: Draft, link: JsonObject, interfaces: readonly Interface[]): void {
  const id = textOf(link, "id") ?? "";
  const mac = macOf(link, "ethernet_mac_address");
  const found = interfaces.find((item) => item.mac === mac);
  if (found === undefined) {
    draft.problems.push(`link ${id}: this machine has no interface ${mac ?? "(no MAC given)"}`);
    return;
  }
  draft.devices.set(id, found.name);
  up(draft, found.name, link);
}

function bond(draft: Draft, link: JsonObject, exists: (device: string) => boolean): void {
  const id = textOf(link, "id") ?? "";
  const device = NAME.test(id) ? id : `bond${draft.devices.size}`;
  const mode = textOf(link, "bond_mode") ?? "";
  const ids = Array.isArray(link.bond_links) ? link.bond_links.map(String) : [];
  const members = ids.flatMap((one) => draft.devices.get(one) ?? []);
  if (members.length === 0 || !BOND_MODE.test(mode)) {
    draft.problems.push(`bond ${id}: ${members.length === 0 ? "none of its links is here" : `no mode ${mode}`}`);
    return;
  }
  draft.devices.set(id, device);
  if (exists(device)) return;
  draft.commands.push(["link", "add", "name", device, "type", "bond", "mode", mode, "miimon", "100"]);
  for (const member of members)
    draft.commands.push(["link", "set", "dev", member, "down"], ["link", "set", "dev", member, "master", device]);
  hardwareAddress(draft, device, macOf(link, "ethernet_mac_address"));
  up(draft, device, link);
}

function vlan(draft: Draft, link: JsonObject, exists: (device: string) => boolean): void {
  const id = textOf(link, "id") ?? "";
  const parent = draft.devices.get(textOf(link, "vlan_link") ?? "");
  const number = numberOf(link, "vlan_id");
  if (parent === undefined || number === null || !Number.isInteger(number) || number < 0 || number > 4094) {
    draft.problems.push(`VLAN ${id}: ${parent === undefined ? "its link is not here" : `no number ${number}`}`);
    return;
  }
  const device = NAME.test(id) ? id : `vlan${number}`;
  draft.devices.set(id, device);
  if (exists(device)) return;
  draft.commands.push(["link", "add", "link", parent, "name", device, "type", "vlan", "id", String(number)]);
  hardwareAddress(draft, device, macOf(link, "vlan_mac_address"));
  up(draft, device, link);
}

function hardwareAddress({ commands }: Draft, device: string, mac: string | null): void {
  if (mac !== null) commands.push(["link", "set", "dev", device, "address", mac]);
}

function up({ commands }: Draft, device: string, link: JsonObject): void {
  const mtu = numberOf(link, "mtu");
  if (mtu !== null) commands.push(["link", "set", "dev", device, "mtu", String(mtu)]);
  commands.push(["link", "set", "dev", device, "up"]);
}

function address(draft: Draft, network: JsonObject): void {
  const id = textOf(network, "id") ?? "";
  const type = textOf(network, "type") ?? "";
  const device = draft.devices.get(textOf(network, "link") ?? "");
  if (device === undefined) {
    draft.problems.push(`network ${id}: its link is not here`);
    return;
  }
  nameServers(draft, network);
  const how = Object.hasOwn(NETWORK_OPTIONS, type) ? NETWORK_OPTIONS[type] : undefined;
  if (how === "dhcp") draft.dhcp.push(device);
  else if (how === "static") fixed(draft, network, device, id);
  else if (how === undefined) draft.problems.push(`network ${id}: type ${type} is not known`);
}

function fixed(draft: Draft, network: JsonObject, device: string, id: string): void {
  const ip = prefixOf(textOf(network, "ip_address") ?? "", textOf(network, "netmask"));
  if (ip === null) {
    draft.problems.push(`network ${id}: ip_address ${textOf(network, "ip_address")} cannot be used`);
    return;
  }
  // Without waiting whether somebody else has the address: nothing could be sent meanwhile.
  const flags = ip.family === 6 ? ["nodad"] : [];
  draft.commands.push(["addr", "replace", `${ip.address}/${ip.prefix}`, "dev", device, ...flags]);
  for (const route of objectsOf(network.routes)) {
    nameServers(draft, route);
    const to = prefixOf(textOf(route, "network") ?? "", textOf(route, "netmask"));
    const gateway = prefixOf(textOf(route, "gateway") ?? "", null);
    if (to === null || gateway === null) draft.problems.push(`network ${id}: a route cannot be used`);
    else {
      const target = to.prefix === 0 ? "default" : `${to.address}/${to.prefix}`;
      draft.commands.push([
        ...(to.family === 6 ? ["-6"] : []),
        ...["route", "replace", target, "via", gateway.address, "dev", device],
      ]);
    }
  }
}

function nameServers({ nameServers: found }: Draft, { services }: JsonObject): void {
  for (const service of objectsOf(services)) {
    const server = prefixOf(textOf(service, "address") ?? "", null)?.address;
    if (textOf(service, "type") === "dns" && server !== undefined && !found.includes(server)) found.push(server);
  }
}

function macOf(link: JsonObject, key: string): string | null {
  const mac = textOf(link, key)?.toLowerCase().replaceAll("-", ":") ?? "";
  return /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) ? mac : null;
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
