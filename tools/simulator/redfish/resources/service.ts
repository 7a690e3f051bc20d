/** Service root, task service and registries. */
import { BIOS_REGISTRY, biosRegistry } from "../bios-attributes.ts";
import { collection, GOOD, head, link, type Resource } from "../exchange.ts";

const ROOT = "/redfish/v1";
const TASKS = `${ROOT}/TaskService`;
const REGISTRIES = `${ROOT}/Registries`;
const REGISTRY_FILE = `/redfish/v1/RegistryStore/${BIOS_REGISTRY}.json`;

export const SERVICE_RESOURCES: readonly Resource[] = [
  { path: "/redfish", GET: () => ({ v1: "/redfish/v1/" }) },
  {
    path: ROOT,
    GET: ({ machine }) => ({
      ...head("/redfish/v1/", "ServiceRoot.v1_15_0.ServiceRoot", "RootService", "Root Service"),
      RedfishVersion: "1.17.0",
      UUID: machine.identity.uuid,
      Vendor: "ferric",
      Product: "Simulated BMC",
      ProtocolFeaturesSupported: {
        ExpandQuery: { ExpandAll: true, Levels: true, Links: true, NoLinks: true, MaxLevels: 1 },
        OnlyMemberQuery: false,
        SelectQuery: true,
        FilterQuery: false,
      },
      Systems: link(`${ROOT}/Systems`),
      Chassis: link(`${ROOT}/Chassis`),
      Managers: link(`${ROOT}/Managers`),
      Tasks: link(TASKS),
      SessionService: link(`${ROOT}/SessionService`),
      AccountService: link(`${ROOT}/AccountService`),
      EventService: link(`${ROOT}/EventService`),
      UpdateService: link(`${ROOT}/UpdateService`),
      Registries: link(REGISTRIES),
      Links: { Sessions: link(`${ROOT}/SessionService/Sessions`) },
    }),
  },
  {
    path: TASKS,
    GET: ({ state }) => ({
      ...head(TASKS, "TaskService.v1_2_0.TaskService", "TaskService", "Task Service"),
      DateTime: state.time,
      ServiceEnabled: true,
      CompletedTaskOverWritePolicy: "Oldest",
      LifeCycleEventOnTaskStateChange: false,
      Status: GOOD,
      Tasks: link(`${TASKS}/Tasks`),
    }),
  },
  {
    path: `${TASKS}/Tasks`,
    GET: ({ state, path }) => collection(path, "TaskCollection", "Task Collection", state.tasks.ids),
  },
  { path: `${TASKS}/Tasks/{task}`, GET: ({ state, params: [id = ""] }) => state.tasks.show(id) },
  { path: `${TASKS}/TaskMonitors/{task}`, GET: ({ state, params: [id = ""] }) => state.tasks.monitor(id) },
  {
    path: REGISTRIES,
    GET: ({ path }) => collection(path, "MessageRegistryFileCollection", "Registry File Collection", [BIOS_REGISTRY]),
  },
  {
    path: `${REGISTRIES}/${BIOS_REGISTRY}`,
    GET: ({ path }) => ({
      ...head(path, "MessageRegistryFile.v1_1_3.MessageRegistryFile", BIOS_REGISTRY, "BIOS Attribute Registry File"),
      Description: "Where the BIOS attribute registry is",
      Registry: BIOS_REGISTRY,
      Languages: ["en"],
      Location: [{ Language: "en", Uri: REGISTRY_FILE }],
    }),
  },
  { path: REGISTRY_FILE, GET: ({ path }) => biosRegistry(path) },
];
