/**
 * How each error class of contract/errors.json that a client can meet is provoked over the API on fake hardware, and why
 * the others cannot. The statuses themselves are the contract's.
 */
export type Asked = readonly [method: string, path: string, body?: unknown, minor?: number];

const id = (number: number) => `5eed0000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const LOST = id(999);
export const NODE = id(1);
const GROUP = id(2);
const PORT = id(3);
const CHASSIS = id(4);
const MAC = "52:54:00:5e:ed:01";
const TAKEN_MAC = "52:54:00:5e:ed:02";
const fake = { driver: "fake-hardware" };
const node = (name: string) => `/v1/nodes/${name}`;
const step = { interface: "bios", step: "factory_reset", args: {}, priority: 10 };
const ordered = { interface: "bios", step: "factory_reset", args: {}, order: 1 };
const patch = (path: string, value: unknown) => [{ op: "add", path, value }];
const connector = { node_uuid: NODE, type: "iqn", connector_id: "iqn.x" };
const target = { node_uuid: NODE, volume_type: "iscsi", boot_index: 0, volume_id: "v" };
const rule = { uuid: id(8), conditions: [], actions: [{ op: "fail", args: { msg: "m" } }] };

/** What is there before; each must go well. */
export const PREPARED: readonly Asked[] = [
  ["POST", "/v1/chassis", { uuid: CHASSIS }],
  [
    "POST",
    "/v1/nodes",
    {
      ...fake,
      uuid: NODE,
      name: "n",
      chassis_uuid: CHASSIS,
      console_interface: "no-console",
      vendor_interface: "no-vendor",
    },
  ],
  ["POST", "/v1/nodes", { ...fake, name: "bound" }],
  ["PATCH", node("bound"), patch("/instance_uuid", id(77))],
  ["POST", "/v1/nodes", { ...fake, name: "guarded" }, 5],
  ["PATCH", node("guarded"), patch("/instance_uuid", id(78))],
  ["POST", "/v1/nodes", { ...fake, name: "away" }, 5],
  ["PUT", `${node("away")}/maintenance`, {}],
  ["POST", "/v1/portgroups", { uuid: GROUP, node_uuid: NODE, name: "g", address: TAKEN_MAC }],
  ["POST", "/v1/ports", { uuid: PORT, node_uuid: NODE, name: "p", address: MAC, portgroup_uuid: GROUP }],
  ["POST", "/v1/allocations", { uuid: id(5), name: "a", resource_class: "none" }],
  ["POST", "/v1/deploy_templates", { uuid: id(6), name: "CUSTOM_T", steps: [step] }],
  ["POST", "/v1/runbooks", { uuid: id(7), name: "CUSTOM_R", steps: [ordered] }],
  ["POST", "/v1/inspection_rules", rule],
  ["POST", "/v1/volume/connectors", { uuid: id(9), ...connector }],
  ["POST", "/v1/volume/targets", { uuid: id(10), ...target }],
];

export const PROVOKED: Readonly<Record<string, Asked>> = {
  BadRequest: ["GET", "/v1/nodes?surprise=1"],
  ChassisNotEmpty: ["DELETE", `/v1/chassis/${CHASSIS}`],
  IncompatibleInterface: ["POST", "/v1/nodes", { driver: "redfish", power_interface: "ipmitool" }],
  InterfaceNotFoundInEntrypoint: ["POST", "/v1/nodes", { ...fake, power_interface: "no-such" }],
  Invalid: ["POST", "/v1/nodes", { ...fake, extra: "text" }],
  InvalidConductorGroup: ["POST", "/v1/nodes", { ...fake, conductor_group: "a b" }],
  InvalidDeployTemplate: ["POST", "/v1/deploy_templates", { name: "CUSTOM_U", steps: [step, step] }],
  InvalidMAC: ["POST", "/v1/ports", { node_uuid: NODE, address: "zz" }],
  InvalidName: ["POST", "/v1/nodes", { ...fake, name: "a/b" }],
  InvalidParameterValue: ["PUT", `${node("n")}/states/power`, { target: "surprise" }],
  InvalidRunbook: ["POST", "/v1/runbooks", { name: "CUSTOM_S", steps: [] }],
  InvalidStateRequested: ["PUT", `${node("n")}/states/provision`, { target: "active" }],
  InvalidUUID: ["POST", "/v1/nodes", { ...fake, uuid: "none" }],
  InvalidUuidOrName: ["GET", "/v1/nodes/a%20b"],
  MissingParameterValue: ["PUT", `${node("n")}/states/power`, {}],
  NodeInMaintenance: ["PUT", `${node("away")}/states/provision`, { target: "active" }],
  PatchError: ["PATCH", node("n"), [{ op: "remove", path: "/surprise" }]],
  PortgroupNotEmpty: ["DELETE", `/v1/portgroups/${GROUP}`],
  UnsupportedDriverExtension: ["PUT", `${node("n")}/states/console`, { enabled: true }],
  AllocationNotFound: ["GET", `/v1/allocations/${LOST}`],
  BIOSSettingNotFound: ["GET", `${node("n")}/bios/none`],
  ChassisNotFound: ["GET", `/v1/chassis/${LOST}`],
  ConductorNotFound: ["GET", "/v1/conductors/none"],
  DeployTemplateNotFound: ["GET", `/v1/deploy_templates/${LOST}`],
  DriverNotFound: ["GET", "/v1/drivers/none"],
  InspectionRuleNotFound: ["GET", `/v1/inspection_rules/${LOST}`],
  InstanceNotFound: ["DELETE", `${node("n")}/allocation`],
  NodeHistoryNotFound: ["GET", `${node("n")}/history/${LOST}`],
  NodeInventoryNotFound: ["GET", `${node("n")}/inventory`],
  NodeNotFound: ["GET", node(LOST)],
  NodeTraitNotFound: ["DELETE", `${node("n")}/traits/CUSTOM_NONE`],
  NotFound: ["GET", `${node("n")}/history`, undefined, 77],
  PortNotFound: ["GET", `/v1/ports/${LOST}`],
  PortgroupNotFound: ["GET", `/v1/portgroups/${LOST}`],
  RunbookNotFound: ["GET", `/v1/runbooks/${LOST}`],
  VolumeConnectorNotFound: ["GET", `/v1/volume/connectors/${LOST}`],
  VolumeTargetNotFound: ["GET", `/v1/volume/targets/${LOST}`],
  NotAcceptable: ["GET", "/v1/nodes?fields=name", undefined, 7],
  AllocationAlreadyExists: ["POST", "/v1/allocations", { uuid: id(5), resource_class: "none" }],
  AllocationDuplicateName: ["POST", "/v1/allocations", { name: "a", resource_class: "none" }],
  ChassisAlreadyExists: ["POST", "/v1/chassis", { uuid: CHASSIS }],
  DeployTemplateAlreadyExists: ["POST", "/v1/deploy_templates", { uuid: id(6), name: "CUSTOM_V", steps: [step] }],
  DeployTemplateDuplicateName: ["POST", "/v1/deploy_templates", { name: "CUSTOM_T", steps: [step] }],
  DuplicateName: ["POST", "/v1/nodes", { ...fake, name: "n" }],
  InspectionRuleAlreadyExists: ["POST", "/v1/inspection_rules", rule],
  InstanceAssociated: ["PATCH", node("n"), patch("/instance_uuid", id(77))],
  MACAlreadyExists: ["POST", "/v1/ports", { node_uuid: NODE, address: MAC }],
  NodeAlreadyExists: ["POST", "/v1/nodes", { ...fake, uuid: NODE }],
  NodeAssociated: ["DELETE", node("guarded")],
  PortAlreadyExists: ["POST", "/v1/ports", { uuid: PORT, node_uuid: NODE, address: "52:54:00:5e:ed:09" }],
  PortDuplicateName: ["POST", "/v1/ports", { node_uuid: NODE, name: "p", address: "52:54:00:5e:ed:0a" }],
  PortgroupAlreadyExists: ["POST", "/v1/portgroups", { uuid: GROUP, node_uuid: NODE }],
  PortgroupDuplicateName: ["POST", "/v1/portgroups", { node_uuid: NODE, name: "g" }],
  PortgroupMACAlreadyExists: ["POST", "/v1/portgroups", { node_uuid: NODE, address: TAKEN_MAC }],
  RunbookAlreadyExists: ["POST", "/v1/runbooks", { uuid: id(7), name: "CUSTOM_S", steps: [ordered] }],
  RunbookDuplicateName: ["POST", "/v1/runbooks", { name: "CUSTOM_R", steps: [ordered] }],
  VolumeConnectorAlreadyExists: ["POST", "/v1/volume/connectors", { ...connector, uuid: id(9), connector_id: "iqn.y" }],
  VolumeConnectorTypeAndIdAlreadyExists: ["POST", "/v1/volume/connectors", connector],
  VolumeTargetAlreadyExists: ["POST", "/v1/volume/targets", { ...target, uuid: id(10), boot_index: 1 }],
  VolumeTargetBootIndexAlreadyExists: ["POST", "/v1/volume/targets", target],
};
