/** The controller itself: its clock, its network, its restart. */
import { BMC_VERSION } from "../../identity.ts";
import {
  type At,
  type Body,
  collection,
  DONE,
  fault,
  GOOD,
  head,
  link,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";
import { ethernet } from "./network.ts";

export const MANAGER = "/redfish/v1/Managers/BMC";
const RESETS = ["GracefulRestart", "ForceRestart"];

function manager({ machine, state }: At): Body {
  return {
    ...head(MANAGER, "Manager.v1_19_0.Manager", "BMC", `BMC of ${machine.identity.name}`),
    ManagerType: "BMC",
    Manufacturer: "ferric",
    Model: "Simulated BMC",
    FirmwareVersion: state.firmware.get("BMC") ?? BMC_VERSION,
    UUID: machine.identity.uuid,
    ServiceEntryPointUUID: machine.identity.uuid,
    Description: "Simulated controller",
    DateTime: state.time,
    DateTimeLocalOffset: "+00:00",
    PowerState: "On",
    Status: GOOD,
    AutoBIOSBackup: null,
    GraphicalConsole: { ServiceEnabled: false, MaxConcurrentSessions: 0, ConnectTypesSupported: [] },
    SerialConsole: { ServiceEnabled: true, MaxConcurrentSessions: 1, ConnectTypesSupported: ["IPMI"] },
    CommandShell: { ServiceEnabled: false, MaxConcurrentSessions: 0, ConnectTypesSupported: [] },
    NetworkProtocol: link(`${MANAGER}/NetworkProtocol`),
    EthernetInterfaces: link(`${MANAGER}/EthernetInterfaces`),
    VirtualMedia: link(`${MANAGER}/VirtualMedia`),
    LogServices: link("/redfish/v1/Systems/1/LogServices"),
    Links: {
      ManagerForServers: [link("/redfish/v1/Systems/1")],
      ManagerForChassis: [link("/redfish/v1/Chassis/1")],
      ManagerInChassis: link("/redfish/v1/Chassis/1"),
    },
    Actions: {
      "#Manager.Reset": {
        target: `${MANAGER}/Actions/Manager.Reset`,
        "ResetType@Redfish.AllowableValues": RESETS,
      },
    },
  };
}

function change(at: At): Reply {
  const given = textOf(at.body.DateTime);
  const time = given === null ? 0 : Date.parse(given);
  if (Number.isNaN(time)) return fault(400, "PropertyValueFormatError", "DateTime is no date and time.", ["DateTime"]);
  if (given !== null) at.state.setTime(time);
  return { status: 200, body: manager(at) };
}

/** As after its restart: nobody is logged in any more. */
function reset({ state }: At): Reply {
  state.sessions.clear();
  return DONE;
}

function protocols({ machine, path }: At): Body {
  return {
    ...head(path, "ManagerNetworkProtocol.v1_10_0.ManagerNetworkProtocol", "NetworkProtocol", "Network protocols"),
    HostName: `bmc-${machine.identity.name}`,
    HTTP: { ProtocolEnabled: true, Port: 80 },
    HTTPS: { ProtocolEnabled: false, Port: 443 },
    IPMI: { ProtocolEnabled: true, Port: 623 },
    NTP: { ProtocolEnabled: false, NTPServers: [] },
    Status: GOOD,
  };
}

const ADDRESS = { SubnetMask: "255.0.0.0", AddressOrigin: "Static", Gateway: "127.0.0.1" };

export const MANAGER_RESOURCES: readonly Resource[] = [
  {
    path: "/redfish/v1/Managers",
    GET: ({ path }) => collection(path, "ManagerCollection", "Manager Collection", ["BMC"]),
  },
  { path: MANAGER, GET: manager, PATCH: change },
  { path: `${MANAGER}/Actions/Manager.Reset`, POST: { level: 4, run: reset } },
  { path: `${MANAGER}/NetworkProtocol`, GET: protocols, PATCH: () => DONE },
  {
    path: `${MANAGER}/EthernetInterfaces`,
    GET: ({ path }) => collection(path, "EthernetInterfaceCollection", "Ethernet Interface Collection", ["eth0"]),
  },
  {
    path: `${MANAGER}/EthernetInterfaces/eth0`,
    GET: ({ machine, path }) =>
      ethernet(path, "eth0", machine.identity.bmcMac, { IPv4Addresses: [{ Address: machine.address, ...ADDRESS }] }),
  },
];
