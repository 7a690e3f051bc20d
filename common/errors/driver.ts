/** Faults of drivers, BMCs, images and the conductor's own resources. */
import { defineFault } from "./fault.ts";

export const DriverNotFound = defineFault<{ driver: string }>(
  "DriverNotFound",
  404,
  (p) => `Could not find the following driver(s) or hardware type(s): ${p.driver}.`,
);
/** Node creation or change naming a hardware type that no live conductor offers. */
export const NoConductorForDriver = defineFault<{ driver: string; group: string }>(
  "NoValidHost",
  400,
  (p) =>
    `No valid host was found. Reason: No conductor service registered which supports driver ${p.driver} for conductor group "${p.group}".`,
);
/** No live conductor for an existing node. */
export const NoConductorForNode = defineFault<{ node: string }>(
  "TemporaryFailure",
  503,
  (p) => `No conductor is alive for node ${p.node}; please retry later.`,
  { retryAfter: 10 },
);
export const NoConductorAlive = defineFault<object>(
  "TemporaryFailure",
  503,
  () => "No conductor is alive; please retry later.",
  { retryAfter: 10 },
);
export const NoFreeConductorWorker = defineFault<object>(
  "NoFreeConductorWorker",
  503,
  () => "Requested action cannot be performed due to lack of free conductor workers.",
  { retryAfter: 5 },
);
export const ConcurrentActionLimit = defineFault<{ task: string; limit: number }>(
  "ConcurrentActionLimit",
  503,
  (p) =>
    `Concurrency limit of ${p.limit} has been reached for ${p.task}. Please contact your administrator and try again later.`,
  { retryAfter: 10 },
);
export const ProjectLimit = defineFault<{ project: string; limit: number }>(
  "ProjectLimit",
  429,
  (p) =>
    `Project ${p.project} has ${p.limit} nodes under work already, the limit of [conductor]max_operations_per_project; try again when one of them is done.`,
  { retryAfter: 10 },
);
export const ConductorTimeout = defineFault<{ method: string; seconds: number }>(
  "ConductorTimeout",
  503,
  (p) => `The conductor did not answer ${p.method} within ${p.seconds} s.`,
  { retryAfter: 5 },
);
export const IncompatibleInterface = defineFault<{ reason: string }>("IncompatibleInterface", 400, (p) => p.reason);
export const InterfaceNotFound = defineFault<{ kind: string; name: string; driver: string; valid: readonly string[] }>(
  "InterfaceNotFoundInEntrypoint",
  400,
  (p) =>
    `Could not find the ${p.kind} interface ${p.name} for hardware type ${p.driver}. Valid interfaces are: ${p.valid.join(", ")}.`,
);
export const NoValidDefaultForInterface = defineFault<{ kind: string; driver: string }>(
  "NoValidDefaultForInterface",
  400,
  (p) =>
    `No default value found for ${p.kind} interface of hardware type ${p.driver}: enable one in [DEFAULT]enabled_${p.kind}_interfaces.`,
);
export const UnsupportedDriverExtension = defineFault<{ driver: string; extension: string }>(
  "UnsupportedDriverExtension",
  400,
  (p) => `Driver ${p.driver} does not support ${p.extension} (disabled or not implemented).`,
);
/** The same, as the route for RAID answers it. */
export const RaidUnsupported = defineFault<{ driver: string; node: string }>(
  "UnsupportedDriverExtension",
  404,
  (p) => `Driver ${p.driver} does not support raid: set another raid_interface on node ${p.node} first.`,
);
export const PowerStateFailure = defineFault<{ target: string; reason: string }>(
  "PowerStateFailure",
  409,
  (p) => `Failed to set node power state to ${p.target}: ${p.reason}`,
);
export const IpmiFailure = defineFault<{ cmd: string; reason: string }>(
  "IPMIFailure",
  500,
  (p) => `IPMI call failed: ${p.cmd}: ${p.reason}`,
);
export const RedfishFailure = defineFault<{ what: string; reason: string }>(
  "RedfishError",
  500,
  (p) => `Redfish call failed: ${p.what}: ${p.reason}`,
);
export const ImageDownloadFailed = defineFault<{ image: string; reason: string }>(
  "ImageDownloadFailed",
  500,
  (p) => `Failed to download image ${p.image}: ${p.reason}`,
);
export const InvalidImageRef = defineFault<{ reason: string }>(
  "InvalidImageRef",
  400,
  (p) => `Invalid image href: ${p.reason}`,
);
export const ImageRefValidationFailed = defineFault<{ image: string; reason: string }>(
  "ImageRefValidationFailed",
  500,
  (p) => `Validation of image href ${p.image} failed: ${p.reason}`,
);
export const ImageUnacceptable = defineFault<{ image: string; reason: string }>(
  "ImageUnacceptable",
  500,
  (p) => `Image ${p.image} is unacceptable: ${p.reason}`,
);
export const InsufficientDiskSpace = defineFault<{ path: string; needed: number; available: number; remedy: string }>(
  "InsufficientDiskSpace",
  500,
  (p) => `${p.path} has ${p.available} bytes free but ${p.needed} are needed: ${p.remedy}`,
);
export const InvalidKickstartTemplate = defineFault<{ template: string; reason: string }>(
  "InvalidKickstartTemplate",
  400,
  (p) => `The kickstart template ${p.template} cannot be used: ${p.reason}`,
);
export const InvalidKickstartFile = defineFault<{ template: string; reason: string }>(
  "InvalidKickstartFile",
  400,
  (p) => `The kickstart made of the template ${p.template} is not valid: ${p.reason}`,
);
export const InstanceDeployFailure = defineFault<{ reason: string }>("InstanceDeployFailure", 500, (p) => p.reason);
export const HardwareInspectionFailure = defineFault<{ reason: string }>(
  "HardwareInspectionFailure",
  500,
  (p) => `Failed to inspect hardware. Reason: ${p.reason}`,
);
export const NodeCleaningFailure = defineFault<{ reason: string }>("NodeCleaningFailure", 500, (p) => p.reason);
/** What the script of fake hardware asked for. */
export const FakeFailure = defineFault<{ reason: string }>("FakeFailure", 500, (p) => p.reason);
export const AgentConnectionFailed = defineFault<{ reason: string }>(
  "AgentConnectionFailed",
  500,
  (p) => `Connection to agent failed: ${p.reason}`,
);
export const AgentApiError = defineFault<{ command: string; status: number; error: string }>(
  "AgentAPIError",
  500,
  (p) => `Agent API for command ${p.command} returned HTTP status code ${p.status} with error: ${p.error}`,
);
export const AgentInProgress = defineFault<{ command: string }>(
  "AgentInProgress",
  500,
  (p) => `The agent is busy and cannot run ${p.command} now.`,
);
/** A feature that a later release brings: start or the action refuses it by name. */
export const NotBuiltYet = defineFault<{ what: string }>(
  "UnsupportedDriverExtension",
  400,
  (p) => `${p.what} is not built yet.`,
);
/** A queue between API and conductors that does not answer. */
export const QueueUnavailable = defineFault<object>(
  "TemporaryFailure",
  503,
  () => "The message queue to the conductors cannot be reached; nothing was done, please retry later.",
  { retryAfter: 5 },
);
/** An API and a conductor that do not have the same keys: for the operator to put right. */
export const QueueKeysDiffer = defineFault<object>(
  "QueueKeysDiffer",
  503,
  () =>
    "The conductor cannot decrypt what this API sends: give all processes the same keys ([secrets]encryption_key_file). Nothing was done.",
);
export const ConductorBusy = defineFault<{ limit: number }>(
  "TemporaryFailure",
  503,
  (p) => `${p.limit} requests to this conductor are under way already; please retry later.`,
  { retryAfter: 5 },
);
/** The conductor that had begun a call is gone: what it had done by then is not known. */
export const ConductorLost = defineFault<{ method: string }>(
  "ConductorTimeout",
  503,
  (p) =>
    `The conductor that was carrying out ${p.method} stopped answering; look at the state of the record before asking again.`,
  { retryAfter: 10 },
);
