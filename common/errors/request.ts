/** Faults about what a client sent, and about records other than nodes. */
import { defineFault } from "./fault.ts";

export const Invalid = defineFault<{ reason: string }>("Invalid", 400, (p) => p.reason);
export const InvalidParameterValue = defineFault<{ reason: string }>("InvalidParameterValue", 400, (p) => p.reason);
export const MissingParameterValue = defineFault<{ reason: string }>("MissingParameterValue", 400, (p) => p.reason);
export const PatchError = defineFault<{ reason: string }>(
  "PatchError",
  400,
  (p) => `Couldn't apply patch: ${p.reason}`,
);
export const InvalidUuid = defineFault<{ uuid: string }>(
  "InvalidUUID",
  400,
  (p) => `Expected a UUID but received ${p.uuid}.`,
);
export const InvalidMac = defineFault<{ mac: string }>(
  "InvalidMAC",
  400,
  (p) => `Expected a MAC address but received ${p.mac}.`,
);
export const NotFound = defineFault<{ what: string }>("NotFound", 404, (p) => `${p.what} could not be found.`);
export const NotAcceptable = defineFault<{ reason: string }>("NotAcceptable", 406, (p) => p.reason);
export const NotAuthorized = defineFault<{ reason: string }>("NotAuthorized", 403, (p) => p.reason);
export const OperationNotPermitted = defineFault<{ reason: string }>("OperationNotPermitted", 403, (p) => p.reason);
export const PortNotFound = defineFault<{ port: string }>(
  "PortNotFound",
  404,
  (p) => `Port ${p.port} could not be found.`,
);
export const PortAlreadyExists = defineFault<{ uuid: string }>(
  "PortAlreadyExists",
  409,
  (p) => `A port with UUID ${p.uuid} already exists.`,
);
export const PortDuplicateName = defineFault<{ name: string }>(
  "PortDuplicateName",
  409,
  (p) => `A port with name ${p.name} already exists.`,
);
export const MacAlreadyExists = defineFault<{ mac: string }>(
  "MACAlreadyExists",
  409,
  (p) => `A port with MAC address ${p.mac} already exists.`,
);
export const ChassisNotFound = defineFault<{ chassis: string }>(
  "ChassisNotFound",
  404,
  (p) => `Chassis ${p.chassis} could not be found.`,
);
export const ChassisAlreadyExists = defineFault<{ uuid: string }>(
  "ChassisAlreadyExists",
  409,
  (p) => `A chassis with UUID ${p.uuid} already exists.`,
);
export const ChassisNotEmpty = defineFault<{ chassis: string }>(
  "ChassisNotEmpty",
  400,
  (p) => `Cannot complete the requested action because chassis ${p.chassis} contains nodes.`,
);
export const ConductorNotFound = defineFault<{ conductor: string }>(
  "ConductorNotFound",
  404,
  (p) => `Conductor ${p.conductor} could not be found.`,
);
export const NodeInspecting = defineFault<{ node: string }>(
  "Conflict",
  409,
  (p) => `Node ${p.node} can not be updated while it is being inspected.`,
);
export const RunbookNotFound = defineFault<{ runbook: string }>(
  "RunbookNotFound",
  404,
  (p) => `Runbook ${p.runbook} could not be found.`,
);
export const StepNotAllowed = defineFault<{ flow: string; step: string }>(
  "StepNotAllowed",
  400,
  (p) => `${p.flow} step ${p.step} is not allowed: the configuration refuses it ([api]disallow_${p.flow}_steps).`,
);
export const InventoryNotFound = defineFault<{ node: string }>(
  "NodeInventoryNotFound",
  404,
  (p) => `No inspection inventory is stored for node ${p.node}; inspect it first.`,
);
export const HistoryNotFound = defineFault<{ node: string; event: string }>(
  "NodeHistoryNotFound",
  404,
  (p) => `Node ${p.node} has no history event ${p.event}.`,
);
export const AllocationNotFound = defineFault<{ allocation: string }>(
  "AllocationNotFound",
  404,
  (p) => `Allocation ${p.allocation} could not be found.`,
);
export const AllocationAlreadyExists = defineFault<{ uuid: string }>(
  "AllocationAlreadyExists",
  409,
  (p) => `An allocation with UUID ${p.uuid} already exists.`,
);
export const AllocationDuplicateName = defineFault<{ name: string }>(
  "AllocationDuplicateName",
  409,
  (p) => `An allocation with name ${p.name} already exists.`,
);
export const DeployTemplateNotFound = defineFault<{ template: string }>(
  "DeployTemplateNotFound",
  404,
  (p) => `Deploy template ${p.template} could not be found.`,
);
export const DeployTemplateAlreadyExists = defineFault<{ uuid: string }>(
  "DeployTemplateAlreadyExists",
  409,
  (p) => `A deploy template with UUID ${p.uuid} already exists.`,
);
export const DeployTemplateDuplicateName = defineFault<{ name: string }>(
  "DeployTemplateDuplicateName",
  409,
  (p) => `A deploy template with name ${p.name} already exists.`,
);
export const RunbookAlreadyExists = defineFault<{ uuid: string }>(
  "RunbookAlreadyExists",
  409,
  (p) => `A runbook with UUID ${p.uuid} already exists.`,
);
export const RunbookDuplicateName = defineFault<{ name: string }>(
  "RunbookDuplicateName",
  409,
  (p) => `A runbook with name ${p.name} already exists.`,
);
/** An operation that this version does not know for the resource. */
export const MethodNotAllowed = defineFault<{ reason: string }>("MethodNotAllowed", 405, (p) => p.reason);
export const InspectionRuleNotFound = defineFault<{ rule: string }>(
  "InspectionRuleNotFound",
  404,
  (p) => `Inspection rule ${p.rule} could not be found.`,
);
export const InspectionRuleAlreadyExists = defineFault<{ uuid: string }>(
  "InspectionRuleAlreadyExists",
  409,
  (p) => `An inspection rule with UUID ${p.uuid} already exists.`,
);
export const BiosSettingNotFound = defineFault<{ node: string; name: string }>(
  "BIOSSettingNotFound",
  404,
  (p) => `Node ${p.node} doesn't have a BIOS setting "${p.name}".`,
);
/** Less than a second passes until the next request of this address is taken. */
export const TooManyRequests = defineFault<{ source: string; limit: number }>(
  "TooManyRequests",
  429,
  (p) =>
    `${p.source} sends more than ${p.limit} requests a second, the limit of [api]ramdisk_rate_limit; a proxy that speaks for many agents belongs into [api]ramdisk_rate_exempt_networks.`,
  { retryAfter: 1 },
);
