/** Network cards: as the system's interfaces, and as the chassis' adapter. */
import { MANUFACTURER } from "../../identity.ts";
import { type At, type Body, collection, GOOD, head, link, links, type Resource } from "../exchange.ts";
import { SYSTEM } from "./systems.ts";

const ADAPTER = "/redfish/v1/Chassis/1/NetworkAdapters/NIC1";
const CARDS = ["NIC1", "NIC2"];
const PORTS = ["1", "2"];

export function ethernet(path: string, id: string, mac: string, more: Body): Body {
  return {
    ...head(path, "EthernetInterface.v1_9_0.EthernetInterface", id, `Ethernet interface ${id}`),
    MACAddress: mac,
    PermanentMACAddress: mac,
    InterfaceEnabled: true,
    LinkStatus: "LinkUp",
    SpeedMbps: 25_000,
    FullDuplex: true,
    Status: GOOD,
    ...more,
  };
}

function card({ machine, path, params: [id = ""] }: At): Body | null {
  const mac = machine.identity.macs[CARDS.indexOf(id)];
  return mac === undefined ? null : ethernet(path, id, mac.toUpperCase(), {});
}

function adapter({ path, machine }: At): Body {
  return {
    ...head(path, "NetworkAdapter.v1_10_0.NetworkAdapter", "NIC1", "Network adapter"),
    Manufacturer: MANUFACTURER,
    Model: "Simulated 2x25G",
    SerialNumber: `N${machine.identity.serial}`,
    Status: GOOD,
    Ports: link(`${ADAPTER}/Ports`),
    NetworkPorts: link(`${ADAPTER}/Ports`),
    NetworkDeviceFunctions: link(`${ADAPTER}/NetworkDeviceFunctions`),
    Controllers: [{ FirmwarePackageVersion: "22.31.6", Links: { Ports: links(`${ADAPTER}/Ports`, PORTS) } }],
  };
}

/** With what a switch says of itself over LLDP. */
function port({ path, machine, params: [id = ""] }: At): Body | null {
  const mac = machine.identity.macs[Number(id) - 1];
  if (mac === undefined) return null;
  return {
    ...head(path, "Port.v1_10_0.Port", id, `Port ${id}`),
    PortId: id,
    LinkStatus: "LinkUp",
    LinkState: "Enabled",
    CurrentSpeedGbps: 25,
    Status: GOOD,
    Ethernet: {
      AssociatedMACAddresses: [mac.toUpperCase()],
      LLDPReceive: {
        ChassisId: "02:00:00:00:01:00",
        ChassisIdSubtype: "MacAddr",
        PortId: `Ethernet1/${(machine.index % 48) + 1}`,
        PortIdSubtype: "IfName",
      },
    },
  };
}

function deviceFunction({ path, machine, params: [id = ""] }: At): Body | null {
  const mac = machine.identity.macs[Number(id) - 1];
  if (mac === undefined) return null;
  return {
    ...head(path, "NetworkDeviceFunction.v1_9_1.NetworkDeviceFunction", id, `Function ${id}`),
    NetDevFuncType: "Ethernet",
    DeviceEnabled: true,
    Status: GOOD,
    Ethernet: { MACAddress: mac.toUpperCase(), PermanentMACAddress: mac.toUpperCase() },
  };
}

export const NETWORK_RESOURCES: readonly Resource[] = [
  {
    path: `${SYSTEM}/EthernetInterfaces`,
    GET: ({ path }) => collection(path, "EthernetInterfaceCollection", "Ethernet Interface Collection", CARDS),
  },
  { path: `${SYSTEM}/EthernetInterfaces/{card}`, GET: card },
  {
    path: `${SYSTEM}/NetworkInterfaces`,
    GET: ({ path }) => collection(path, "NetworkInterfaceCollection", "Network Interface Collection", ["NIC1"]),
  },
  {
    path: `${SYSTEM}/NetworkInterfaces/NIC1`,
    GET: ({ path }) => ({
      ...head(path, "NetworkInterface.v1_2_2.NetworkInterface", "NIC1", "Network interface"),
      Status: GOOD,
      Links: { NetworkAdapter: link(ADAPTER) },
    }),
  },
  {
    path: "/redfish/v1/Chassis/1/NetworkAdapters",
    GET: ({ path }) => collection(path, "NetworkAdapterCollection", "Network Adapter Collection", ["NIC1"]),
  },
  { path: ADAPTER, GET: adapter },
  { path: `${ADAPTER}/Ports`, GET: ({ path }) => collection(path, "PortCollection", "Ports", PORTS) },
  { path: `${ADAPTER}/Ports/{port}`, GET: port },
  {
    path: `${ADAPTER}/NetworkDeviceFunctions`,
    GET: ({ path }) => collection(path, "NetworkDeviceFunctionCollection", "Network Device Functions", PORTS),
  },
  { path: `${ADAPTER}/NetworkDeviceFunctions/{port}`, GET: deviceFunction },
];
